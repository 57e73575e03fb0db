package io.stagepost.outbox;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.PublishUnknownException;
import io.stagepost.Receipt;
import io.stagepost.spi.Message;
import io.stagepost.testkit.ManualClock;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** One address fails while others do not: whose rows wait, in which order they go on. */
class DestinationTest {
  private final Post post = new Post(1);
  private final Wire wire = post.wire;
  private final ManualClock clock = new ManualClock();
  private final Relay.Counters counters = new Relay.Counters();

  @AfterEach
  void close() throws Exception {
    post.close();
  }

  private Round rounds(int rowsPerShard) throws SQLException {
    return post.rounds(post.relay().clock(clock).rowsPerShard(rowsPerShard).settings(), counters);
  }

  private void commit(String address, String key, String... texts) throws SQLException {
    List<Message> messages = new ArrayList<>();
    for (String text : texts) {
      messages.add(new Message(address, key.getBytes(UTF_8), List.of(), text.getBytes(UTF_8)));
    }
    try (Connection connection = post.dataSource.getConnection()) {
      connection.setAutoCommit(false);
      post.outbox.insert(connection, messages);
      connection.commit();
    }
  }

  private static CompletableFuture<Receipt> unknown() {
    return CompletableFuture.failedFuture(
        new PublishUnknownException("SP-TEST-002", "no answer", null));
  }

  private void isDown(String address) {
    wire.answers(m -> m.address().equals(address) ? unknown() : Wire.confirmed(m));
  }

  private List<String> at(String address) {
    return wire.arrived().stream()
        .filter(m -> m.address().equals(address))
        .map(Wire::text)
        .toList();
  }

  private static void exhaust(Round rounds) throws Exception {
    for (int i = 0; i < 1_000 && rounds.run().more(); i++) {}
  }

  @Test
  void d08_a_destination_that_is_down_holds_its_own_rows_only() throws Exception {
    isDown("down");
    Round rounds = rounds(10);
    for (int i = 0; i < 200; i++) {
      commit("down", "key" + i % 30, "" + i);
    }
    commit("up", "key0", "behind 200 rows");
    for (int i = 0; i < 40; i++) {
      exhaust(rounds);
      clock.advance(Duration.ofMillis(500));
    }

    assertThat(at("up")).containsExactly("behind 200 rows");
    assertThat(post.outbox.pending()).isEqualTo(200);
    assertThat(at("down")).as("tries").hasSizeLessThan(30);

    commit("up", "key0", "next");
    rounds.run();
    assertThat(at("up")).containsExactly("behind 200 rows", "next");

    commit("down", "key7", "200");
    wire.answers(Wire::confirmed);
    wire.clear();
    for (int i = 0; i < 40; i++) {
      exhaust(rounds);
      clock.advance(Duration.ofSeconds(1));
    }
    assertThat(post.outbox.pending()).isZero();
    assertThat(byKey(30).get(7)).containsExactly("7", "37", "67", "97", "127", "157", "187", "200");
    byKey(30).forEach((key, numbers) -> assertThat(numbers).isSortedAccordingTo(BY_NUMBER));
    assertThat(counters.violations.sum()).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5})
  void a_clock_that_is_set_back_makes_nobody_wait_until_it_is_where_it_was(int lanes)
      throws Exception {
    AtomicReference<Instant> now = new AtomicReference<>(clock.instant());
    Round rounds = post.rounds(post.relay().clock(now::get).settings(), counters);
    isDown("down");
    for (int i = 0; i < lanes; i++) {
      commit("down", "key" + i, "" + i);
    }
    rounds.run();
    assertThat(post.outbox.pending()).isEqualTo(lanes);

    now.updateAndGet(time -> time.minus(Duration.ofHours(1)));
    wire.answers(Wire::confirmed);
    for (int i = 0; i < 3; i++) {
      exhaust(rounds);
      now.updateAndGet(time -> time.plus(Duration.ofSeconds(1)));
    }
    assertThat(post.outbox.pending()).isZero();
  }

  /** Too few lanes for the destination to rest: each is tried again by itself. */
  @Test
  void d08_lanes_that_keep_failing_do_not_keep_the_relay_from_what_lies_behind() throws Exception {
    isDown("down");
    Round rounds = rounds(10);
    for (int i = 0; i < 100; i++) {
      commit("down", "key" + i % 3, texts(10 * i, 10));
    }
    commit("up", "key0", "behind 1000 rows");
    for (int i = 0; i < 150; i++) {
      rounds.run();
      clock.advance(Duration.ofSeconds(1));
    }
    assertThat(at("up")).containsExactly("behind 1000 rows");
    assertThat(at("down")).as("tries").hasSizeLessThan(60);

    wire.answers(Wire::confirmed);
    wire.clear();
    for (int i = 0; i < 40; i++) {
      exhaust(rounds);
      clock.advance(Duration.ofSeconds(1));
    }
    assertThat(post.outbox.pending()).isZero();
    assertThat(at("down")).hasSize(1_000);
    assertThat(counters.violations.sum()).isZero();
  }

  @Test
  void d08_a_destination_that_comes_and_goes_does_not_keep_the_relay_from_what_lies_behind()
      throws Exception {
    AtomicInteger asked = new AtomicInteger();
    wire.answers(
        m ->
            m.address().equals("up") || asked.incrementAndGet() % 8 == 0
                ? Wire.confirmed(m)
                : unknown());
    Round rounds = rounds(10);
    for (int i = 0; i < 60; i++) {
      commit("down", "key" + i % 30, texts(10 * i, 10));
    }
    commit("up", "key0", "behind 600 rows");
    for (int i = 0; i < 300; i++) {
      rounds.run();
      clock.advance(Duration.ofMillis(100));
    }
    assertThat(at("up")).containsExactly("behind 600 rows");
  }

  /** A retry is due again and again, whatever fails beside it. */
  @Test
  void d08_lanes_that_begin_to_fail_do_not_put_off_the_retry_of_others() throws Exception {
    wire.answers(m -> Wire.text(m).startsWith("bad") ? unknown() : Wire.confirmed(m));
    Round rounds = rounds(10);
    commit("notes", "first", "bad at first");
    for (int i = 0; i < 200; i++) {
      commit("notes", "key" + i, "bad " + i);
      commit("notes", "other", "good " + i);
      rounds.run();
      clock.advance(Duration.ofSeconds(1));
    }
    assertThat(at("notes").stream().filter("bad at first"::equals).count()).isGreaterThan(5);
  }

  private static String[] texts(int from, int count) {
    return IntStream.range(from, from + count).mapToObj(Integer::toString).toArray(String[]::new);
  }

  private static final java.util.Comparator<String> BY_NUMBER =
      java.util.Comparator.comparingInt(Integer::parseInt);

  private Map<Integer, List<String>> byKey(int keys) {
    Map<Integer, List<String>> byKey = new LinkedHashMap<>();
    for (String text : at("down")) {
      int number = Integer.parseInt(text);
      byKey.computeIfAbsent(number == 200 ? 7 : number % keys, k -> new ArrayList<>()).add(text);
    }
    return byKey;
  }

  @Test
  void d08_a_few_keys_that_keep_failing_do_not_close_their_destination_for_others()
      throws Exception {
    wire.answers(m -> Wire.text(m).startsWith("bad") ? unknown() : Wire.confirmed(m));
    Round rounds = rounds(500);
    for (int i = 0; i < 4; i++) {
      commit("notes", "a" + i, "bad " + i);
    }
    for (int i = 0; i < 10; i++) {
      rounds.run();
      clock.advance(Duration.ofSeconds(1));
    }
    wire.clear();
    commit("notes", "b", "good");
    rounds.run();
    assertThat(wire.texts()).contains("good");
    assertThat(post.outbox.pending()).isEqualTo(4);
  }

  @Test
  void d08_a_destination_at_rest_is_tried_with_one_key_after_the_other() throws Exception {
    wire.answers(m -> Wire.text(m).startsWith("bad") ? unknown() : Wire.confirmed(m));
    Round rounds = rounds(500);
    for (int i = 0; i < 5; i++) { // the destination rests, having had nothing else
      commit("notes", "a" + i, "bad " + i);
    }
    rounds.run();
    commit("notes", "b", "good");
    for (int i = 0; i < 40; i++) {
      rounds.run();
      clock.advance(Duration.ofSeconds(1));
    }
    assertThat(wire.texts()).contains("good");
    assertThat(post.outbox.pending()).isEqualTo(5);
  }

  @Test
  void d08_what_another_relay_has_sent_meanwhile_is_not_waited_for() throws Exception {
    isDown("notes");
    Round first = rounds(500);
    for (int i = 1; i <= 6; i++) {
      commit("notes", "key" + i, "" + i);
    }
    for (int i = 0; i < 8; i++) {
      first.run();
      clock.advance(Duration.ofSeconds(1));
    }
    wire.answers(Wire::confirmed);
    wire.clear();
    rounds(500).run();
    assertThat(wire.texts()).containsExactly("1", "2", "3", "4", "5", "6");

    commit("notes", "key1", "7");
    for (int i = 0; i < 3; i++) {
      clock.advance(Duration.ofSeconds(30));
      first.run();
    }
    assertThat(wire.texts()).containsExactly("1", "2", "3", "4", "5", "6", "7");
    assertThat(counters.violations.sum()).isZero();
  }

  @Test
  void while_nothing_is_heard_of_the_broker_the_backlog_is_not_raced_through() throws Exception {
    wire.answers(m -> unknown());
    Round rounds = rounds(10);
    for (int i = 0; i < 100; i++) {
      commit("notes", "key" + i, "" + i);
    }
    rounds.run();
    int busy = 0;
    for (int i = 0; i < 100; i++) {
      busy += rounds.run().more() ? 1 : 0;
    }
    assertThat(busy).isLessThan(3);
  }

  /** More of them: {@code -Dstagepost.seeds=500}. */
  static LongStream seeds() {
    return LongStream.rangeClosed(1, Long.getLong("stagepost.seeds", 8));
  }

  /** Two relays take turns; addresses fail, refuse and mend at random; parked rows are retried. */
  @ParameterizedTest
  @MethodSource("seeds")
  void d08_whatever_fails_first_occurrences_keep_the_order_of_each_key(long seed) throws Exception {
    Random random = new Random(seed);
    List<String> stored = new ArrayList<>();
    Map<String, Integer> moods = new LinkedHashMap<>();
    wire.answers(
        m -> {
          int mood = moods.getOrDefault(m.address(), 0);
          String text = m.address() + " " + Wire.text(m);
          boolean ill = random.nextInt(100) < mood;
          if (!ill || random.nextInt(3) == 0) { // an unknown one may have been stored
            stored.add(text);
          }
          return ill ? unknown() : Wire.confirmed(m);
        });
    try (Post wide = new Post(2)) {
      List<Round> relays = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        relays.add(
            wide.rounds(
                wide.relay()
                    .send(wire, wire::flush)
                    .clock(clock)
                    .rowsPerShard(4)
                    .shardsPerRound(1 + i)
                    .onRefused(OnRefused.HOLD_KEY)
                    .settings(),
                counters));
      }
      Map<String, Integer> numbers = new LinkedHashMap<>();
      for (int step = 0; step < 120; step++) {
        if (random.nextInt(4) == 0) {
          moods.put(
              "topic" + random.nextInt(3), random.nextBoolean() ? 0 : 20 + random.nextInt(81));
        }
        for (int i = random.nextInt(4); i > 0; i--) {
          String address = "topic" + random.nextInt(3);
          String key = "key" + random.nextInt(4);
          int number = numbers.merge(address + key, 1, Integer::sum);
          try (Connection connection = wide.dataSource.getConnection()) {
            connection.setAutoCommit(false);
            wide.outbox.insert(
                connection,
                List.of(
                    new Message(
                        address,
                        key.getBytes(UTF_8),
                        List.of(),
                        (key + " " + number).getBytes(UTF_8))));
            connection.commit();
          }
        }
        relays.get(random.nextInt(2)).run();
        clock.advance(Duration.ofMillis(random.nextInt(400)));
      }
      moods.clear();
      for (int i = 0; i < 400 && wide.outbox.pending() > 0; i++) {
        relays.get(i % 2).run();
        clock.advance(Duration.ofSeconds(1));
      }
      assertThat(wide.outbox.pending()).isZero();
      assertThat(counters.violations.sum()).isZero();
      Map<String, Integer> last = new LinkedHashMap<>();
      for (String text : stored.stream().distinct().toList()) {
        String[] parts = text.split(" ", 3);
        assertThat(Integer.parseInt(parts[2]))
            .as(text)
            .isEqualTo(last.merge(parts[0] + parts[1], 1, Integer::sum));
      }
      assertThat(last).isEqualTo(numbers);
    }
  }
}
