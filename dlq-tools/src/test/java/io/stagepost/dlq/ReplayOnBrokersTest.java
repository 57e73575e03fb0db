package io.stagepost.dlq;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.stagepost.Event;
import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.Outcome;
import io.stagepost.Policy;
import io.stagepost.Subscription;
import io.stagepost.amqp.AmqpTransport;
import io.stagepost.dlq.Replay.Settings;
import io.stagepost.kafka.KafkaTransport;
import io.stagepost.spi.Codec;
import io.stagepost.spi.Encoded;
import io.stagepost.spi.Transport;
import io.stagepost.testkit.fixture.KafkaFixture;
import io.stagepost.testkit.fixture.RabbitFixture;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Dead letters of a real subscription: found, grouped, planned, replayed. */
class ReplayOnBrokersTest {
  private static final int EVENTS = 60;
  private static final Duration SLOW = Duration.ofSeconds(60);

  enum Kind {
    KAFKA {
      @Override
      Transport connect() {
        return KafkaTransport.builder()
            .bootstrapServers(KafkaFixture.shared().bootstrapServers())
            .allowPlaintext()
            .build();
      }
    },
    RABBITMQ {
      @Override
      Transport connect() {
        return AmqpTransport.builder()
            .uris(RabbitFixture.shared(RabbitFixture.Version.V4_3).uri())
            .build();
      }
    };

    abstract Transport connect();
  }

  static final Codec TEXT =
      new Codec() {
        @Override
        public <T> Encoded encode(EventType<T> type, T data) {
          return Encoded.of(data.toString().getBytes(UTF_8), "text/plain");
        }

        @Override
        public <T> T decode(EventType<T> type, Encoded encoded) {
          return type.payload().cast(new String(encoded.bytes(), UTF_8));
        }
      };

  private final String channel = "notes-" + UUID.randomUUID().toString().substring(0, 8);
  private final String letters = channel + ".reader.dead-letter";
  private final EventType<String> note =
      EventType.of("com.example.note.v1", String.class)
          .source("urn:test")
          .channel(channel)
          .key(text -> text.substring(0, text.indexOf(':')))
          .codec(TEXT);
  private final Queue<Event<String>> handled = new ConcurrentLinkedQueue<>();
  private final Set<String> broken = ConcurrentHashMap.newKeySet();

  @ParameterizedTest
  @EnumSource
  void dead_letters_are_grouped_planned_and_replayed_once(Kind kind) {
    broken.addAll(Set.of("stock", "price"));
    String ledgerAddress = channel + ".ledger";
    try (Messaging messaging = Messaging.over(kind.connect());
        Transport tool = kind.connect();
        Ledger ledger = Ledger.of(tool, ledgerAddress, "ada@test")) {
      messaging.subscribe("reader").on(note, this::handle).start();
      for (int i = 0; i < EVENTS; i++) {
        String why = i % 3 == 0 ? "stock" : i % 3 == 1 ? "price" : "fine";
        var unused = messaging.publish(note.event("k" + i % 7 + ":" + why + " " + i)).join();
      }
      Letters reader = Letters.on(tool);
      await()
          .untilAsserted(
              () ->
                  assertThat(
                          reader.groups(letters, Filter.all()).stream()
                              .mapToLong(Group::letters)
                              .sum())
                      .isEqualTo(40));
      assertThat(reader.groups(letters, Filter.all()))
          .extracting(group -> group.fingerprint().reason() + " " + group.letters())
          .containsExactlyInAnyOrder("stock 20", "price 20");

      ledger.provision(letters);
      Planner planner = Planner.of(tool, ledger, "ada@test").choosing(Filter.all().reason("stock"));
      Plan plan = planner.plan(letters);
      assertThat(plan.letters()).isEqualTo(20);
      assertThat(plan.destinations()).containsOnlyKeys(channel).containsValue(20L);
      assertThat(plan.sha256()).isEqualTo(planner.plan(letters).sha256());

      broken.remove("stock"); // mended
      int before = handled.size();
      Replay.Report report =
          new Replay(tool, ledger, plan, Settings.defaults()).run(progress -> {});
      assertThat(report.outcome()).isEqualTo(Replay.Report.Outcome.DONE);
      assertThat(report.progress().noted()).isEqualTo(20);
      await().until(() -> handled.size() == before + 20);
      assertThat(handled.stream().map(Event::id).collect(Collectors.toSet())).hasSize(40);
      assertThat(planner.plan(letters).letters()).isZero();
      assertThat(Planner.of(tool, ledger, "ada@test").plan(letters).letters()).isEqualTo(20);

      // Carried out once more, it finds nothing left to do.
      Replay.Report again = new Replay(tool, ledger, plan, Settings.defaults()).run(p -> {});
      assertThat(again.progress().sent()).isZero();
      assertThat(again.outcome()).isEqualTo(Replay.Report.Outcome.DONE);
    }
  }

  /** Its successors wait in the parking lot until what was before them is handled. */
  @ParameterizedTest
  @EnumSource
  void a_diverted_key_goes_on_once_its_dead_letter_and_its_successors_are_replayed(Kind kind) {
    broken.add("stock");
    String parking = channel + ".reader.parking-lot";
    try (Messaging messaging = Messaging.over(kind.connect());
        Transport tool = kind.connect();
        Ledger ledger = Ledger.of(tool, channel + ".ledger", "ada@test")) {
      Subscription reader =
          messaging
              .subscribe("reader")
              .policy(Policy.defaults().successors(Policy.Successors.DIVERT))
              .on(note, this::handle)
              .start();
      for (String text : List.of("k:stock 1", "k:fine 2", "k:fine 3")) {
        var unused = messaging.publish(note.event(text)).join();
      }
      await().atMost(SLOW).until(() -> count(tool, letters) == 1 && count(tool, parking) == 2);
      broken.clear(); // mended
      for (String address : List.of(letters, parking)) {
        ledger.provision(address);
        Plan plan = Planner.of(tool, ledger, "ada@test").plan(address);
        assertThat(new Replay(tool, ledger, plan, Settings.defaults()).run(p -> {}).outcome())
            .isEqualTo(Replay.Report.Outcome.DONE);
      }
      await().atMost(SLOW).until(() -> handled.size() == 3);
      reader.release(channel, "k").join();
      var unused = messaging.publish(note.event("k:fine 4")).join();
      await().atMost(SLOW).until(() -> handled.size() == 4);
      assertThat(handled.stream().map(Event::data))
          .containsExactly("k:stock 1", "k:fine 2", "k:fine 3", "k:fine 4");
      assertThat(count(tool, parking)).isEqualTo(2);
    }
  }

  private static long count(Transport tool, String address) {
    return Letters.on(tool).groups(address, Filter.all()).stream().mapToLong(Group::letters).sum();
  }

  private Outcome handle(Event<String> event, io.stagepost.Context context) {
    String why = event.data().replaceAll("^.*:(\\w+) .*$", "$1");
    if (broken.contains(why)) {
      return Outcome.deadLetter(why);
    }
    handled.add(event);
    return Outcome.done();
  }
}
