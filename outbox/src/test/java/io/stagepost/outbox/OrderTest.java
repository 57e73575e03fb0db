package io.stagepost.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Writers that lock their key's row, several relays whose sessions die, against an oracle: each
 * key's committed numbers, in order, without a gap.
 */
class OrderTest {
  private static final int KEYS = 12;
  private static final int WRITERS = 4;
  private static final int TRANSACTIONS = 150;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void d08_per_key_everything_committed_leaves_in_commit_order(long seed) throws Exception {
    try (Post post = new Post(3)) {
      post.execute("create table account (key int primary key, n int not null)");
      post.execute("insert into account select k, 0 from generate_series(0, " + (KEYS - 1) + ") k");
      Set<String> undone = ConcurrentHashMap.newKeySet();
      AtomicInteger running = new AtomicInteger(WRITERS);
      ExecutorService threads = Executors.newFixedThreadPool(WRITERS);
      List<Relay> relays = new ArrayList<>();
      try {
        for (int i = 0; i < 3; i++) {
          relays.add(post.relay().shardsPerRound(1 + i).rowsPerShard(5 + 20 * i).start());
        }
        List<CompletableFuture<Void>> writers = new ArrayList<>();
        for (int i = 0; i < WRITERS; i++) {
          Random random = new Random(seed * 100 + i);
          writers.add(
              CompletableFuture.runAsync(() -> write(post, random, undone), threads)
                  .whenComplete((done, failure) -> running.decrementAndGet()));
        }
        Random random = new Random(seed);
        await()
            .pollInterval(Duration.ofMillis(20 + random.nextInt(60)))
            .atMost(Duration.ofSeconds(60))
            .until(
                () -> {
                  killOneRelaysSession(post);
                  return running.get() == 0;
                });
        writers.forEach(CompletableFuture::join);
        await().atMost(Duration.ofSeconds(30)).until(() -> post.outbox.pending() == 0);
        assertThat(relays).allSatisfy(relay -> assertThat(relay.violations()).isZero());
      } finally {
        relays.forEach(Relay::close);
        threads.shutdownNow();
        assertThat(threads.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
      }

      Map<String, List<Integer>> firsts = new TreeMap<>();
      for (String text : post.wire.texts()) {
        assertThat(undone).doesNotContain(text);
        String[] parts = text.split(" ", 3);
        List<Integer> numbers = firsts.computeIfAbsent(parts[0], key -> new ArrayList<>());
        int number = Integer.parseInt(parts[1]);
        if (!numbers.contains(number)) {
          numbers.add(number);
        }
      }
      Map<String, List<Integer>> committed = new TreeMap<>();
      for (int key = 0; key < KEYS; key++) {
        int last = Integer.parseInt(post.query("select n from account where key = " + key));
        List<Integer> numbers = new ArrayList<>();
        for (int n = 1; n <= last; n++) {
          numbers.add(n);
        }
        if (last > 0) {
          committed.put("" + key, numbers);
        }
      }
      assertThat(firsts).isEqualTo(committed);
    }
  }

  /** Locks some keys in order, numbers their rows, and commits or not. */
  private static void write(Post post, Random random, Set<String> undone) {
    try (Connection connection = post.dataSource.getConnection();
        PreparedStatement next =
            connection.prepareStatement("update account set n = n + 1 where key = ? returning n")) {
      connection.setAutoCommit(false);
      for (int i = 0; i < TRANSACTIONS; i++) {
        Map<Integer, Integer> rows = new TreeMap<>();
        for (int j = random.nextInt(4); j >= 0; j--) {
          rows.merge(random.nextInt(KEYS), 1 + random.nextInt(3), Integer::sum);
        }
        boolean commits = random.nextInt(4) > 0;
        for (Map.Entry<Integer, Integer> each :
            new HashMap<>(rows).entrySet().stream().sorted(Map.Entry.comparingByKey()).toList()) {
          for (int j = 0; j < each.getValue(); j++) {
            next.setInt(1, each.getKey());
            try (ResultSet answer = next.executeQuery()) {
              answer.next();
              String text =
                  each.getKey() + " " + answer.getInt(1) + (commits ? "" : " of " + i + connection);
              if (!commits) {
                undone.add(text);
              }
              post.insert(connection, "key" + each.getKey(), text);
            }
          }
        }
        if (commits) {
          connection.commit();
        } else {
          connection.rollback();
        }
      }
    } catch (SQLException failure) {
      throw new AssertionError(failure);
    }
  }

  private static void killOneRelaysSession(Post post) throws SQLException {
    post.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
            + " and query ~ 'pg_try_advisory_xact_lock|pg_snapshot_xmin|DELETE'"
            + " and pid <> pg_backend_pid() order by random() limit 1");
  }
}
