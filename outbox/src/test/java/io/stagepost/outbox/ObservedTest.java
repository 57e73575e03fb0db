package io.stagepost.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.stagepost.Messaging;
import io.stagepost.PublishRejectedException;
import io.stagepost.PublishRejectedException.Fault;
import io.stagepost.Receipt;
import io.stagepost.outbox.Post.Note;
import io.stagepost.spi.Observer;
import io.stagepost.testkit.InMemoryTransport;
import io.stagepost.testkit.ManualClock;
import io.stagepost.testkit.fixture.MariaDbFixture;
import io.stagepost.testkit.fixture.PostgresFixture;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a running relay tells observers: what its rounds did, and what waits. */
class ObservedTest {
  private static final Duration EVERY = Duration.ofSeconds(10);

  private record Measured(String outbox, long waiting, Duration oldest, long parked) {}

  private record Relayed(String outbox, int sent, int parked, int violations) {}

  private final List<Measured> measured = new CopyOnWriteArrayList<>();
  private final List<Relayed> relayed = new CopyOnWriteArrayList<>();
  private final Messaging messaging =
      new InMemoryTransport()
          .messaging()
          .observer(
              new Observer() {
                @Override
                public void outboxMeasured(
                    String outbox, long waiting, Duration oldest, long parked) {
                  measured.add(new Measured(outbox, waiting, oldest, parked));
                }

                @Override
                public void relayed(String outbox, int sent, int parked, int violations) {
                  relayed.add(new Relayed(outbox, sent, parked, violations));
                }
              })
          .build();
  private final ManualClock clock = new ManualClock();
  private final Wire wire = new Wire();

  @AfterEach
  void close() {
    messaging.close();
  }

  @Test
  void on_postgresql_what_waits_is_told_while_the_broker_does_not_answer() throws Exception {
    whatWaitsIsTold(PostgresFixture.shared().createDatabase("observed").dataSource());
  }

  @Test
  void on_mariadb_what_waits_is_told_while_the_broker_does_not_answer() throws Exception {
    whatWaitsIsTold(MariaDbFixture.shared().createDatabase("observed").dataSource());
  }

  private void whatWaitsIsTold(DataSource dataSource) throws Exception {
    Outbox outbox = outbox(dataSource);
    CompletableFuture<Receipt> answer = new CompletableFuture<>();
    wire.answers(message -> answer);
    commit(outbox, dataSource, "1", "2");
    try (Relay relay = start(outbox)) {
      within().until(() -> wire.arrived().size() == 2 && !measured.isEmpty());
      commit(outbox, dataSource, "3");
      clock.advance(EVERY);
      within().until(() -> measured.size() == 2);
      assertThat(measured).extracting(Measured::outbox).containsOnly("stagepost_outbox");
      assertThat(measured).extracting(Measured::waiting).containsExactly(2L, 3L);
      assertThat(measured)
          .extracting(Measured::oldest)
          .allMatch(age -> age.compareTo(Duration.ZERO) > 0)
          .isSorted();
      assertThat(measured).extracting(Measured::parked).containsOnly(0L);
      assertThat(relayed).isEmpty();

      wire.answers(
          message ->
              CompletableFuture.failedFuture(
                  new PublishRejectedException("SP-TEST-001", "too large", Fault.MESSAGE, null)));
      answer.complete(new Receipt("notes", ""));
      within().until(() -> relayed.size() == 2);
      assertThat(relay.sent() + relay.parked()).isEqualTo(3);
      clock.advance(EVERY);
      within().until(() -> measured.size() == 3);
      assertThat(measured.get(2)).isEqualTo(new Measured("stagepost_outbox", 0, Duration.ZERO, 1));
      assertThat(relayed)
          .containsExactly(
              new Relayed("stagepost_outbox", 2, 0, 0), new Relayed("stagepost_outbox", 0, 1, 0));
    }
  }

  @Test
  void a_measurement_that_fails_stops_neither_the_relay_nor_the_next_one() throws Exception {
    DataSource real = PostgresFixture.shared().createDatabase("observed").dataSource();
    AtomicBoolean away = new AtomicBoolean(true);
    CopyOnWriteArrayList<String> refused = new CopyOnWriteArrayList<>();
    DataSource dataSource =
        (DataSource)
            Proxy.newProxyInstance(
                DataSource.class.getClassLoader(),
                new Class<?>[] {DataSource.class},
                (proxy, method, arguments) -> {
                  String thread = Thread.currentThread().getName();
                  if (away.get() && thread.equals("stagepost-relay-depth")) {
                    refused.add(thread);
                    throw new SQLException("The pool is exhausted", "08001");
                  }
                  try {
                    return method.invoke(real, arguments);
                  } catch (InvocationTargetException failure) {
                    throw failure.getTargetException();
                  }
                });
    Outbox outbox = outbox(dataSource);
    try (Relay relay = start(outbox)) {
      within().until(() -> refused.size() == 1);
      commit(outbox, dataSource, "1");
      within().until(() -> relay.sent() == 1);
      assertThat(measured).isEmpty();

      away.set(false);
      clock.advance(EVERY);
      within().until(() -> measured.size() == 1);
    }
  }

  private static ConditionFactory within() {
    return await().atMost(Duration.ofSeconds(30));
  }

  private Outbox outbox(DataSource dataSource) {
    Outbox outbox = Outbox.over(messaging, dataSource);
    outbox.createSchema();
    return outbox;
  }

  private Relay start(Outbox outbox) {
    return outbox.relay().send(wire, wire::flush).clock(clock).start();
  }

  private static void commit(Outbox outbox, DataSource dataSource, String... texts)
      throws SQLException {
    try (Connection connection = dataSource.getConnection()) {
      connection.setAutoCommit(false);
      for (String text : texts) {
        outbox.within(connection).publish(Post.NOTE.event(new Note("a", text)));
      }
      connection.commit();
    }
  }
}
