package io.stagepost.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.stagepost.ConfigurationException;
import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.MessagingException;
import io.stagepost.Policy;
import io.stagepost.Retry;
import io.stagepost.Subscription;
import io.stagepost.kafka.RegistryFront.Trouble;
import io.stagepost.schema.Avro;
import io.stagepost.schema.Schema;
import io.stagepost.schema.SchemaRegistry;
import io.stagepost.schema.Schemas;
import io.stagepost.schema.Schemas.Framing;
import io.stagepost.schema.compatibility.Compatibility;
import io.stagepost.schema.registry.RestRegistry;
import io.stagepost.spi.FailureHeaders;
import io.stagepost.spi.Header;
import io.stagepost.spi.Message;
import io.stagepost.spi.StoredMessage;
import io.stagepost.testkit.fixture.SchemaRegistryFixture;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A real registry in trouble, and what that does to events on a real broker. */
@Timeout(600)
class RegistryTroubleTest {
  private static final int KEYS = 40;
  private static final int FEW = 10;
  private static final int EACH = 5;
  private static final Duration REGISTRY_TIMEOUT = Duration.ofSeconds(2);
  private static final Retry RETRY =
      Retry.exponential(Duration.ofMillis(50), Duration.ofMillis(400));

  record Note(String key, int number) {}

  record LongerNote(String key, int number, String more) {}

  private final List<AutoCloseable> open = new ArrayList<>();
  private final String channel = Broker.topic("trouble", 2);
  private final String group = Broker.unique("group");
  private final Map<String, List<Integer>> handled = new ConcurrentHashMap<>();
  private final RegistryFront front = new RegistryFront();

  @AfterEach
  void close() throws Exception {
    front.end();
    for (AutoCloseable each : open) {
      each.close();
    }
    front.close();
  }

  // ---- the two sides

  /** Past all trouble. */
  private SchemaRegistry registry() {
    SchemaRegistry registry = RestRegistry.at(SchemaRegistryFixture.shared().url());
    open.add(registry);
    return registry;
  }

  /** What the service under test has. */
  private SchemaRegistry troubled() {
    SchemaRegistry registry =
        RestRegistry.builder()
            .urls(front.url())
            .basicAuth(RegistryFront.USER, RegistryFront.PASSWORD)
            .timeout(REGISTRY_TIMEOUT)
            .requestTimeout(REGISTRY_TIMEOUT.dividedBy(2))
            .build();
    open.add(registry);
    return registry;
  }

  private Messaging messaging() {
    Messaging messaging = Messaging.over(Broker.transport());
    open.add(0, messaging);
    return messaging;
  }

  private EventType<Note> note(Avro codec) {
    return EventType.of("test.note.v1", Note.class)
        .source("urn:test:trouble")
        .channel(channel)
        .key(Note::key)
        .codec(codec);
  }

  /** With a schema that no other test has: it goes from the registry with its last version. */
  private EventType<LongerNote> longer() {
    String schema =
        """
        {"type":"record","name":"LongerNote","doc":"CHANNEL","fields":[
        {"name":"key","type":"string"},{"name":"number","type":"int"},
        {"name":"more","type":"string"}]}
        """
            .replace("CHANNEL", channel);
    return EventType.of("test.note.v1", LongerNote.class)
        .source("urn:test:trouble")
        .channel(channel)
        .key(LongerNote::key)
        .codec(
            Avro.codec(Schemas.in(registry()).autoRegister().framing(Framing.CONFLUENT_ID))
                .schema(schema));
  }

  private EventType<Note> writer() {
    return note(Avro.codec(Schemas.in(registry()).autoRegister().framing(Framing.CONFLUENT_ID)));
  }

  private Subscription subscribe(Messaging messaging, Retry retry) {
    return messaging
        .subscribe(group)
        .policy(Policy.defaults().retry(retry))
        .on(
            note(Avro.codec(Schemas.in(troubled()).verify(Compatibility.BACKWARD_TRANSITIVE))),
            event ->
                handled
                    .computeIfAbsent(event.data().key(), key -> new CopyOnWriteArrayList<>())
                    .add(event.data().number()))
        .start();
  }

  private int handledCount() {
    return handled.values().stream().mapToInt(List::size).sum();
  }

  private List<StoredMessage> deadLetters(Messaging messaging) {
    List<StoredMessage> dead = new ArrayList<>();
    messaging.transport().browser().browse(channel + "." + group + ".dead-letter", dead::add);
    return dead;
  }

  /** Until the trouble has been met a few times over; gives how long that took. */
  private Duration outlast(long began) {
    await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () ->
                front.refused() >= 4 && System.nanoTime() - began > REGISTRY_TIMEOUT.toNanos() * 2);
    return Duration.ofNanos(System.nanoTime() - began);
  }

  /**
   * However many events and lanes wait: one question at a time is asked in vain, with a pause after
   * it, in the registry's client where it tries again and in the subscription where that probes.
   */
  private static int mostRequests(Duration trouble) {
    return 10 + (int) (trouble.toMillis() / 50);
  }

  // ---- transient

  @ParameterizedTest
  @EnumSource
  void d03_d04_d12_events_wait_for_a_registry_that_is_in_trouble_when_their_consumer_starts(
      Trouble trouble) {
    Messaging messaging = messaging();
    EventType<Note> writer = writer();
    messaging.prepare(writer);
    front.begin(trouble);
    long began = System.nanoTime();
    Subscription subscription = subscribe(messaging, RETRY);
    for (int number = 0; number < EACH; number++) {
      for (int key = 0; key < KEYS; key++) {
        var unused = messaging.publish(writer.event(new Note("key-" + key, number)));
      }
    }
    Duration lasted = outlast(began);
    int refused = front.refused();
    assertThat(handled).isEmpty();
    assertThat(deadLetters(messaging)).isEmpty();
    await().until(() -> subscription.inFlight() == KEYS * EACH);
    assertThat(front.answered()).isEmpty();
    front.end();

    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> assertThat(handledCount()).isEqualTo(KEYS * EACH));
    assertThat(handled).hasSize(KEYS);
    assertThat(handled.values())
        .allSatisfy(
            numbers ->
                assertThat(numbers)
                    .containsExactlyElementsOf(IntStream.range(0, EACH).boxed().toList()));
    await().until(() -> subscription.inFlight() == 0);
    assertThat(deadLetters(messaging)).isEmpty();
    System.out.printf(
        "%s at start: %d requests in %d ms while %d events in %d lanes waited, then %s%n",
        trouble, refused, lasted.toMillis(), KEYS * EACH, KEYS, front.answered());
    assertThat(refused).isLessThanOrEqualTo(mostRequests(lasted));
    assertThat(front.answered().stream().filter(each -> each.contains("/schemas/ids/")))
        .as("one question serves all, and a registry that is slow to recover gets a few more")
        .hasSizeBetween(1, KEYS / 4);
  }

  @ParameterizedTest
  @EnumSource
  void d03_d04_events_of_a_new_schema_wait_for_a_registry_that_falls_into_trouble_in_mid_run(
      Trouble trouble) {
    Messaging messaging = messaging();
    EventType<Note> writer = writer();
    EventType<LongerNote> longer = longer();
    messaging.prepare(writer);
    Subscription subscription = subscribe(messaging, RETRY.attempts(2));
    for (int key = 0; key < FEW; key++) {
      var unused = messaging.publish(writer.event(new Note("key-" + key, 0)));
    }
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> assertThat(handledCount()).isEqualTo(FEW));
    int before = front.answered().size();
    front.begin(trouble);
    long began = System.nanoTime();
    messaging.prepare(longer);
    for (int number = 1; number < EACH; number++) {
      for (int key = 0; key < FEW; key++) {
        String name = "key-" + key;
        // every other key goes on with the schema that is known
        var unused =
            messaging.publish(
                key % 2 == 0
                    ? longer.event(new LongerNote(name, number, "more"))
                    : writer.event(new Note(name, number)));
      }
    }
    Duration lasted = outlast(began);
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> assertThat(handledCount()).isEqualTo(FEW + FEW / 2 * (EACH - 1)));
    int refused = front.refused();
    Duration inAll = Duration.ofNanos(System.nanoTime() - began);
    handled.forEach(
        (key, numbers) ->
            assertThat(numbers).hasSize(Integer.parseInt(key.substring(4)) % 2 == 0 ? 1 : EACH));
    assertThat(deadLetters(messaging)).isEmpty();
    assertThat(front.answered()).hasSize(before);
    front.end();

    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> assertThat(handledCount()).isEqualTo(FEW * EACH));
    assertThat(handled.values())
        .allSatisfy(
            numbers ->
                assertThat(numbers)
                    .containsExactlyElementsOf(IntStream.range(0, EACH).boxed().toList()));
    await().until(() -> subscription.inFlight() == 0);
    assertThat(deadLetters(messaging)).isEmpty();
    System.out.printf(
        "%s in mid-run: %d requests in %d ms (%d), then %s%n",
        trouble,
        refused,
        inAll.toMillis(),
        lasted.toMillis(),
        front.answered().subList(before, front.answered().size()));
    assertThat(refused).isLessThanOrEqualTo(mostRequests(inAll));
  }

  // ---- final

  @Test
  void d05_d14_an_event_whose_schema_was_deleted_is_a_dead_letter_as_it_was_and_its_key_goes_on()
      throws Exception {
    Messaging messaging = messaging();
    EventType<Note> writer = writer();
    EventType<LongerNote> longer = longer();
    messaging.prepare(writer, longer);
    messaging
        .publish(longer.event(new LongerNote("ada", 1, "more")))
        .thenCompose(stored -> messaging.publish(writer.event(new Note("ada", 2))))
        .join();
    Message original = Broker.stored(channel).get(0).message();
    int id = ByteBuffer.wrap(requireNonNull(original.body())).getInt(1);
    String versions =
        SchemaRegistryFixture.shared().url() + "/subjects/" + channel + "-value/versions/2";
    assertThat(delete(versions)).isEqualTo(200);
    delete(versions + "?permanent=true");

    Subscription subscription = subscribe(messaging, RETRY);
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> assertThat(handled).isEqualTo(Map.of("ada", List.of(2))));
    await().until(() -> subscription.inFlight() == 0);
    List<StoredMessage> dead = deadLetters(messaging);
    assertThat(dead).hasSize(1);
    Message letter = dead.get(0).message();
    assertThat(letter.body()).isEqualTo(original.body());
    assertThat(letter.key()).isEqualTo(original.key());
    for (Header each : original.headers()) {
      assertThat(letter.header(each.name())).as(each.name()).isEqualTo(each.value());
    }
    assertThat(new String(requireNonNull(letter.header(FailureHeaders.EXCEPTION_MESSAGE)), UTF_8))
        .startsWith("SP-SCHEMA-205")
        .contains("id " + id);
  }

  private static int delete(String url) throws Exception {
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(URI.create(url)).DELETE().build(), BodyHandlers.ofString())
        .statusCode();
  }

  // ---- at start

  @Test
  void d19_a_subscription_whose_schema_cannot_read_what_is_registered_does_not_start() {
    SchemaRegistry registry = registry();
    var registered =
        registry.register(
            channel + "-value",
            Schema.of(
                Schema.Format.AVRO,
                "{\"type\":\"record\",\"name\":\"Note\",\"fields\":["
                    + "{\"name\":\"key\",\"type\":\"string\"}]}"),
            false);
    assertThat(registered.version()).isEqualTo(1);
    Messaging messaging = messaging();
    assertThatThrownBy(() -> subscribe(messaging, RETRY))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("SP-SCHEMA-403")
        .hasMessageContaining(channel + "-value")
        .hasMessageContaining("avro.field-without-default-added");
  }

  @Test
  void a_transaction_is_told_to_prepare_and_asks_no_registry_after_that() {
    Messaging messaging = messaging();
    EventType<Note> type =
        note(Avro.codec(Schemas.in(troubled()).autoRegister().framing(Framing.CONFLUENT_ID)));
    assertThatThrownBy(() -> messaging.message(type.event(new Note("ada", 1))))
        .isInstanceOf(MessagingException.class)
        .hasMessageStartingWith("SP-API-032");
    front.begin(Trouble.DOWN);
    assertThatThrownBy(() -> messaging.prepare(type))
        .isInstanceOf(MessagingException.class)
        .hasMessageContaining("SP-SCHEMA-305");
    assertThatThrownBy(() -> messaging.message(type.event(new Note("ada", 1))))
        .hasMessageStartingWith("SP-API-032");
    front.end();
    messaging.prepare(type);
    int asked = front.answered().size();
    front.begin(Trouble.DOWN);
    Message message = messaging.message(type.event(new Note("ada", 1)));
    assertThat(front.refused()).isZero();
    front.end();
    assertThat(front.answered()).hasSize(asked);
    assertThat(messaging.send(message).join()).isNotNull();
    Subscription subscription = subscribe(messaging, RETRY);
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> assertThat(handled).isEqualTo(Map.of("ada", List.of(1))));
    subscription.close();
  }
}
