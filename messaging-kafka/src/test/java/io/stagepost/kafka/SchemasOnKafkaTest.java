package io.stagepost.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.Outcome;
import io.stagepost.schema.JsonSchema;
import io.stagepost.schema.Protobuf;
import io.stagepost.schema.Schema;
import io.stagepost.schema.SchemaRegistry;
import io.stagepost.schema.Schemas;
import io.stagepost.schema.Schemas.Framing;
import io.stagepost.schema.Schemas.SubjectName;
import io.stagepost.schema.registry.InMemoryRegistry;
import io.stagepost.schema.registry.RestRegistry;
import io.stagepost.spi.Codec;
import io.stagepost.spi.FailureHeaders;
import io.stagepost.spi.Header;
import io.stagepost.spi.StoredMessage;
import io.stagepost.testkit.fixture.SchemaRegistryFixture;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Codecs with a registry, on a real broker and with a real registry. */
@Timeout(600)
class SchemasOnKafkaTest {
  record Order(String id, int quantity) {}

  private static final String ORDER =
      "{\"title\":\"Order\",\"type\":\"object\",\"properties\":{\"quantity\":{\"minimum\":1}}}";
  private static final Struct STRUCT =
      Struct.newBuilder().putFields("id", Value.newBuilder().setStringValue("o-1").build()).build();

  private final List<AutoCloseable> open = new ArrayList<>();
  private final String channel = Broker.topic("schemas", 1);
  private final String group = Broker.unique("group");

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  private SchemaRegistry apicurio() {
    SchemaRegistry registry =
        RestRegistry.builder().urls(SchemaRegistryFixture.shared().url()).allowPlaintext().build();
    open.add(registry);
    return registry;
  }

  private Messaging messaging(KafkaTransport transport) {
    Messaging messaging = Messaging.over(transport);
    open.add(0, messaging);
    return messaging;
  }

  private <T> EventType<T> type(Class<T> payload, Codec codec) {
    return EventType.of("test.schemas.v1", payload)
        .source("urn:test")
        .channel(channel)
        .codec(codec);
  }

  @ParameterizedTest
  @EnumSource(
      value = Framing.class,
      names = {"NONE", "CONFLUENT_ID"})
  void what_is_written_with_a_registry_is_read_by_who_is_told_nothing(Framing framing)
      throws InterruptedException {
    for (SubjectName subjects : SubjectName.values()) {
      Schemas writing = Schemas.in(apicurio()).autoRegister().framing(framing).subjects(subjects);
      Messaging messaging = messaging(Broker.transport());
      BlockingQueue<Order> orders = new LinkedBlockingQueue<>();
      messaging
          .subscribe(Broker.unique("json"))
          .on(
              type(Order.class, JsonSchema.codec(Schemas.in(apicurio()))),
              event -> orders.add(event.data()))
          .start();
      EventType<Order> writer = type(Order.class, JsonSchema.codec(ORDER, writing));
      messaging.prepare(writer);
      messaging.publish(writer.event(new Order("o-1", 2))).join();
      assertThat(orders.poll(60, TimeUnit.SECONDS)).isEqualTo(new Order("o-1", 2));
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Framing.class,
      names = {"NONE", "CONFLUENT_ID"})
  void the_registry_takes_protobuf_and_finds_it_again(Framing framing) throws InterruptedException {
    Schemas schemas = Schemas.in(apicurio()).framing(framing);
    Messaging messaging = messaging(Broker.transport());
    BlockingQueue<Struct> structs = new LinkedBlockingQueue<>();
    messaging
        .subscribe(group)
        .on(type(Struct.class, Protobuf.codec()), event -> structs.add(event.data()))
        .start();
    messaging.prepare(type(Struct.class, Protobuf.codec(schemas.autoRegister())));
    EventType<Struct> finder = type(Struct.class, Protobuf.codec(schemas));
    messaging.publish(finder.event(STRUCT)).join();
    assertThat(structs.poll(60, TimeUnit.SECONDS)).isEqualTo(STRUCT);
  }

  @Test
  void the_header_travels_on_the_record() throws InterruptedException {
    SchemaRegistry registry = new InMemoryRegistry();
    Schemas schemas = Schemas.in(registry).autoRegister().framing(Framing.CONFLUENT_HEADER);
    Messaging messaging = messaging(Broker.transport());
    BlockingQueue<Order> orders = new LinkedBlockingQueue<>();
    List<Header> headers = new ArrayList<>();
    messaging
        .subscribe(group)
        .on(
            type(Order.class, JsonSchema.codec(Schemas.in(registry))),
            (event, context) -> {
              headers.addAll(context.message().headers());
              orders.add(event.data());
              return Outcome.done();
            })
        .start();
    messaging
        .publish(type(Order.class, JsonSchema.codec(ORDER, schemas)).event(new Order("o-1", 2)))
        .join();
    assertThat(orders.poll(60, TimeUnit.SECONDS)).isEqualTo(new Order("o-1", 2));
    assertThat(headers)
        .filteredOn(header -> header.name().equals("__value_schema_id"))
        .hasSize(1)
        .allSatisfy(header -> assertThat(header.value()).hasSize(17).startsWith(1));
  }

  @Test
  void records_of_confluents_serializers_have_no_attributes_and_are_read() throws Exception {
    SchemaRegistry registry = apicurio();
    int id =
        registry.register(channel + "-value", Schema.of(Schema.Format.JSON, ORDER), false).id();
    Messaging messaging =
        messaging(Broker.builder().mapping(channel, Mapping.to("test.schemas.v1")).build());
    BlockingQueue<Order> orders = new LinkedBlockingQueue<>();
    messaging
        .subscribe(group)
        .on(
            type(Order.class, JsonSchema.codec(Schemas.in(registry))),
            event -> orders.add(event.data()))
        .start();
    send(framed(id, "{\"id\":\"o-1\",\"quantity\":2}"));
    assertThat(orders.poll(60, TimeUnit.SECONDS)).isEqualTo(new Order("o-1", 2));
  }

  @Test
  void d05_an_unknown_id_is_a_dead_letter_with_its_bytes_and_the_channel_goes_on()
      throws Exception {
    SchemaRegistry registry = apicurio();
    int id =
        registry.register(channel + "-value", Schema.of(Schema.Format.JSON, ORDER), false).id();
    Messaging messaging =
        messaging(
            Broker.builder()
                .mapping(channel, Mapping.to("test.schemas.v1").contentType("application/json"))
                .build());
    BlockingQueue<Order> orders = new LinkedBlockingQueue<>();
    messaging
        .subscribe(group)
        .on(
            type(Order.class, JsonSchema.codec(Schemas.in(registry))),
            event -> orders.add(event.data()))
        .start();
    byte[] unknown = framed(Integer.MAX_VALUE - 7, "{\"id\":\"secret-4711\"}");
    byte[] invalid = framed(id, "{\"id\":\"secret-4711\",\"quantity\":0}");
    send(unknown);
    send(invalid);
    send(framed(id, "{\"id\":\"o-2\",\"quantity\":2}"));
    assertThat(orders.poll(60, TimeUnit.SECONDS)).isEqualTo(new Order("o-2", 2));
    List<StoredMessage> dead = new ArrayList<>();
    await()
        .untilAsserted(
            () -> {
              dead.clear();
              messaging
                  .transport()
                  .browser()
                  .browse(channel + "." + group + ".dead-letter", dead::add);
              assertThat(dead).hasSize(2);
            });
    // they have no key, and so no order
    dead.sort(Comparator.comparing(each -> text(each, FailureHeaders.EXCEPTION_MESSAGE)));
    assertThat(dead.get(0).message().body()).isEqualTo(unknown);
    assertThat(text(dead.get(0), FailureHeaders.EXCEPTION_MESSAGE))
        .startsWith("SP-SCHEMA-205")
        .contains("2147483640");
    assertThat(dead.get(1).message().body()).isEqualTo(invalid);
    assertThat(text(dead.get(1), FailureHeaders.EXCEPTION_MESSAGE))
        .startsWith("SP-SCHEMA-222")
        .contains("/quantity minimum");
    for (StoredMessage each : dead) {
      for (Header header : each.message().headers()) {
        byte[] value = header.value();
        assertThat(value == null ? "" : new String(value, UTF_8)).doesNotContain("4711");
      }
    }
  }

  private static String text(StoredMessage message, String header) {
    byte[] value = message.message().header(header);
    return value == null ? "" : new String(value, UTF_8);
  }

  private static byte[] framed(int id, String body) {
    byte[] bytes = body.getBytes(UTF_8);
    return ByteBuffer.allocate(5 + bytes.length).put((byte) 0).putInt(id).put(bytes).array();
  }

  private void send(byte[] value) throws Exception {
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", Broker.ADDRESS),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      producer.send(new ProducerRecord<>(channel, value)).get(60, TimeUnit.SECONDS);
    }
  }
}
