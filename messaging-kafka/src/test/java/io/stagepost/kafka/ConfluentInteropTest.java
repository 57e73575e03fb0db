package io.stagepost.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.schema.Avro;
import io.stagepost.schema.SchemaRegistry;
import io.stagepost.schema.Schemas;
import io.stagepost.schema.Schemas.Framing;
import io.stagepost.schema.Schemas.SubjectName;
import io.stagepost.schema.registry.RestRegistry;
import io.stagepost.spi.StoredMessage;
import io.stagepost.testkit.fixture.SchemaRegistryFixture;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.io.JsonEncoder;
import org.apache.avro.util.Utf8;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Our Avro codec and Confluent's serializers on the same topics and with the same registry, both
 * ways, in two versions of a schema. What is expected is built by hand with Avro's own classes: our
 * codec has no part in it.
 */
@Timeout(600)
class ConfluentInteropTest {
  private static final int ORDERS = 10;

  private static final String COMMON =
      """
      {'type':'record','name':'Order','namespace':'shop','fields':[
      {'name':'id','type':'string'},
      {'name':'total','type':{'type':'bytes','logicalType':'decimal','precision':12,'scale':2}},
      {'name':'token','type':{'type':'string','logicalType':'uuid'}},
      {'name':'day','type':{'type':'int','logicalType':'date'}},
      {'name':'at','type':{'type':'long','logicalType':'timestamp-millis'}},
      {'name':'lines','type':{'type':'array','items':{'type':'record','name':'Line','fields':[
      {'name':'sku','type':'string'},{'name':'quantity','type':'int'}]}}},
      {'name':'counts','type':{'type':'map','values':'long'}},
      {'name':'status','type':{'type':'enum','name':'Status','symbols':[SYMBOLS],'default':'OTHER'}},
      {'name':'customer','type':{'type':'record','name':'Customer','fields':[CUSTOMER]}},
      FIELD]}
      """;
  private static final String V1 =
      schema(
          "'NEW','PAID','OTHER'",
          "{'name':'name','type':'string'}",
          "{'name':'note','type':['null','string'],'default':null}");

  /** An enum with one more symbol, one more field inside, one field gone, another one come. */
  private static final String V2 =
      schema(
          "'NEW','PAID','OTHER','SHIPPED'",
          "{'name':'name','type':'string'},{'name':'tier','type':['null','int'],'default':null}",
          "{'name':'shop','type':'string','default':'web'}");

  enum Status {
    NEW,
    PAID,
    OTHER,
    SHIPPED
  }

  enum OldStatus {
    NEW,
    PAID,
    OTHER
  }

  record Line(String sku, int quantity) {}

  record OldCustomer(String name) {}

  record Customer(String name, @Nullable Integer tier) {}

  record OldOrder(
      String id,
      BigDecimal total,
      UUID token,
      LocalDate day,
      Instant at,
      List<Line> lines,
      Map<String, Long> counts,
      OldStatus status,
      OldCustomer customer,
      @Nullable String note) {}

  record Order(
      String id,
      BigDecimal total,
      UUID token,
      LocalDate day,
      Instant at,
      List<Line> lines,
      Map<String, Long> counts,
      Status status,
      Customer customer,
      String shop) {}

  private final List<AutoCloseable> open = new ArrayList<>();
  private final Random random = new Random(20261122);
  private final String channel = Broker.topic("interop", 1);
  private final String name = Broker.unique("Order");
  private final String v1 = V1.replace("\"Order\"", "\"" + name.replace('-', '_') + "\"");
  private final String v2 = V2.replace("\"Order\"", "\"" + name.replace('-', '_') + "\"");

  private static String schema(String symbols, String customer, String field) {
    return new Schema.Parser()
        .parse(
            COMMON
                .replace("SYMBOLS", symbols)
                .replace("CUSTOMER", customer)
                .replace("FIELD", field)
                .replace('\'', '"'))
        .toString();
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  // ---- the two sides

  private ConfluentJvm confluent(Path directory) throws IOException {
    ConfluentJvm jvm =
        new ConfluentJvm(directory, Broker.ADDRESS, SchemaRegistryFixture.shared().url());
    open.add(jvm);
    return jvm;
  }

  private SchemaRegistry registry() {
    SchemaRegistry registry =
        RestRegistry.builder()
            .urls(SchemaRegistryFixture.shared().url())
            .timeout(Duration.ofSeconds(60))
            .requestTimeout(Duration.ofSeconds(30))
            .build();
    open.add(registry);
    return registry;
  }

  private Messaging messaging() {
    Messaging messaging =
        Messaging.over(Broker.builder().mapping(channel, Mapping.to("shop.order")).build());
    open.add(0, messaging);
    return messaging;
  }

  private <T> EventType<T> type(Class<T> payload, Avro codec) {
    return EventType.of("shop.order", payload)
        .source("urn:test:interop")
        .channel(channel)
        .codec(codec);
  }

  /** What a service that is told of no framing and no subject reads. */
  private <T> Queue<T> subscribe(
      Messaging messaging, SchemaRegistry registry, Class<T> payload, String schema) {
    Queue<T> read = new ConcurrentLinkedQueue<>();
    var unused =
        messaging
            .subscribe(Broker.unique("reader"))
            .on(
                type(payload, Avro.codec(Schemas.in(registry)).schema(schema)),
                event -> read.add(event.data()))
            .start();
    return read;
  }

  private String subject(SubjectName subjects) {
    String record = "shop." + name.replace('-', '_');
    return switch (subjects) {
      case TOPIC -> channel + "-value";
      case RECORD -> record;
      case TOPIC_RECORD -> channel + "-" + record;
    };
  }

  private static String strategy(SubjectName subjects) {
    return switch (subjects) {
      case TOPIC -> "TopicNameStrategy";
      case RECORD -> "RecordNameStrategy";
      case TOPIC_RECORD -> "TopicRecordNameStrategy";
    };
  }

  // ---- the tests

  @ParameterizedTest
  @EnumSource
  void what_confluents_serializer_writes_is_read_in_both_versions(
      SubjectName subjects, @TempDir Path directory) throws Exception {
    ConfluentJvm confluent = confluent(directory);
    List<OldOrder> old = oldOrders();
    List<Order> young = orders();
    for (OldOrder each : old) {
      confluent.write(channel, strategy(subjects), true, v1, each.id(), json(generic(each)));
    }
    for (Order each : young) {
      confluent.write(channel, strategy(subjects), true, v2, each.id(), json(generic(each)));
    }

    SchemaRegistry registry = registry();
    assertThat(registry.versions(subject(subjects))).containsExactly(1, 2);
    Messaging messaging = messaging();
    Queue<OldOrder> oldRead = subscribe(messaging, registry, OldOrder.class, v1);
    Queue<Order> read = subscribe(messaging, registry, Order.class, v2);
    Queue<GenericRecord> oldGeneric = subscribe(messaging, registry, GenericRecord.class, v1);
    Queue<GenericRecord> generic = subscribe(messaging, registry, GenericRecord.class, v2);

    List<OldOrder> allOld = new ArrayList<>(old);
    young.forEach(each -> allOld.add(older(each)));
    List<Order> all = new ArrayList<>(young);
    old.forEach(each -> all.add(newer(each)));
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () -> {
              assertThat(oldRead).containsExactlyInAnyOrderElementsOf(allOld);
              assertThat(read).containsExactlyInAnyOrderElementsOf(all);
              assertThat(oldGeneric)
                  .containsExactlyInAnyOrderElementsOf(allOld.stream().map(this::generic).toList());
              assertThat(generic)
                  .containsExactlyInAnyOrderElementsOf(all.stream().map(this::generic).toList());
            });

    // a writer of ours that may register nothing finds what Confluent's registered
    messaging.prepare(
        type(Order.class, Avro.codec(Schemas.in(registry).subjects(subjects)).schema(v2)));
  }

  @ParameterizedTest
  @EnumSource
  void what_we_write_confluents_deserializer_reads_in_both_versions(
      SubjectName subjects, @TempDir Path directory) throws Exception {
    SchemaRegistry registry = registry();
    Schemas schemas =
        Schemas.in(registry).autoRegister().framing(Framing.CONFLUENT_ID).subjects(subjects);
    EventType<OldOrder> oldType = type(OldOrder.class, Avro.codec(schemas).schema(v1));
    EventType<Order> newType = type(Order.class, Avro.codec(schemas).schema(v2));
    EventType<GenericRecord> genericType =
        type(GenericRecord.class, Avro.codec(schemas).schema(v1));
    Messaging messaging = messaging();
    messaging.prepare(oldType, newType, genericType);
    List<OldOrder> old = oldOrders();
    List<OldOrder> oldGeneric = oldOrders();
    List<Order> young = orders();
    for (OldOrder each : old) {
      messaging.publish(oldType.event(each)).join();
    }
    for (OldOrder each : oldGeneric) {
      messaging.publish(genericType.event(generic(each))).join();
    }
    for (Order each : young) {
      messaging.publish(newType.event(each)).join();
    }

    List<OldOrder> allOld = new ArrayList<>(old);
    allOld.addAll(oldGeneric);
    List<GenericRecord> written = new ArrayList<>(allOld.stream().map(this::generic).toList());
    young.forEach(each -> written.add(generic(each)));
    List<Order> all = new ArrayList<>(allOld.stream().map(ConfluentInteropTest::newer).toList());
    all.addAll(young);
    young.forEach(each -> allOld.add(older(each)));
    ConfluentJvm confluent = confluent(directory);
    assertThat(confluent.read(channel, 3 * ORDERS, "")).containsExactlyElementsOf(written);
    assertThat(confluent.read(channel, 3 * ORDERS, v1))
        .containsExactlyElementsOf(allOld.stream().map(this::generic).toList());
    assertThat(confluent.read(channel, 3 * ORDERS, v2))
        .containsExactlyElementsOf(all.stream().map(this::generic).toList());

    // Confluent's serializer, which may register nothing, finds what we registered, and its bytes
    // are ours
    assertThat(registry.versions(subject(subjects))).containsExactly(1, 2);
    confluent.write(
        channel, strategy(subjects), false, v1, old.get(0).id(), json(generic(old.get(0))));
    confluent.write(
        channel, strategy(subjects), false, v2, young.get(0).id(), json(generic(young.get(0))));
    List<StoredMessage> stored = Broker.stored(channel);
    assertThat(stored).hasSize(3 * ORDERS + 2);
    assertThat(body(stored, 3 * ORDERS)).isEqualTo(body(stored, 0));
    assertThat(body(stored, 3 * ORDERS + 1)).isEqualTo(body(stored, 2 * ORDERS));
  }

  private static byte @Nullable [] body(List<StoredMessage> stored, int index) {
    return stored.get(index).message().body();
  }

  // ---- orders

  private List<OldOrder> oldOrders() {
    List<OldOrder> orders = new ArrayList<>();
    for (int i = 0; i < ORDERS; i++) {
      orders.add(older(order(i), i % 2 == 0 ? null : "Bemerkung " + i));
    }
    return orders;
  }

  private List<Order> orders() {
    List<Order> orders = new ArrayList<>();
    for (int i = 0; i < ORDERS; i++) {
      orders.add(order(i));
    }
    return orders;
  }

  /** Times before 1970, amounts below zero, nothing in lists and maps, and nulls are among them. */
  private Order order(int i) {
    List<Line> lines = new ArrayList<>();
    Map<String, Long> counts = new LinkedHashMap<>();
    for (int j = 0; j < i % 4; j++) {
      lines.add(new Line("Größe-" + j, random.nextInt()));
    }
    if (i % 3 > 0) {
      // one at most: the order of a map's entries is not part of what is promised
      counts.put("größe", random.nextLong());
    }
    return new Order(
        "o-" + UUID.randomUUID(),
        new BigDecimal(BigInteger.valueOf(random.nextLong() % 1_000_000_000_000L), 2),
        new UUID(random.nextLong(), random.nextLong()),
        LocalDate.ofEpochDay(random.nextInt(40_000) - 20_000),
        Instant.ofEpochMilli(random.nextLong() % 4_000_000_000_000L),
        lines,
        counts,
        Status.values()[i % 4],
        new Customer("Ada " + i, i % 2 == 0 ? null : random.nextInt()),
        "shop-" + i);
  }

  /** What a reader of the first version sees. */
  private static OldOrder older(Order order) {
    return older(order, null);
  }

  private static OldOrder older(Order order, @Nullable String note) {
    return new OldOrder(
        order.id(),
        order.total(),
        order.token(),
        order.day(),
        order.at(),
        order.lines(),
        order.counts(),
        order.status() == Status.SHIPPED
            ? OldStatus.OTHER
            : OldStatus.valueOf(order.status().name()),
        new OldCustomer(order.customer().name()),
        note);
  }

  /** What a reader of the second version sees. */
  private static Order newer(OldOrder order) {
    return new Order(
        order.id(),
        order.total(),
        order.token(),
        order.day(),
        order.at(),
        order.lines(),
        order.counts(),
        Status.valueOf(order.status().name()),
        new Customer(order.customer().name(), null),
        "web");
  }

  // ---- the same with Avro's own classes

  private GenericRecord generic(OldOrder order) {
    Schema schema = new Schema.Parser().parse(v1);
    GenericRecord generic =
        common(
            schema,
            order.id(),
            order.total(),
            order.token(),
            order.day(),
            order.at(),
            order.lines(),
            order.counts(),
            order.status().name());
    GenericRecord customer = new GenericData.Record(schema.getField("customer").schema());
    customer.put("name", new Utf8(order.customer().name()));
    generic.put("customer", customer);
    generic.put("note", order.note() == null ? null : new Utf8(order.note()));
    return generic;
  }

  private GenericRecord generic(Order order) {
    Schema schema = new Schema.Parser().parse(v2);
    GenericRecord generic =
        common(
            schema,
            order.id(),
            order.total(),
            order.token(),
            order.day(),
            order.at(),
            order.lines(),
            order.counts(),
            order.status().name());
    GenericRecord customer = new GenericData.Record(schema.getField("customer").schema());
    customer.put("name", new Utf8(order.customer().name()));
    customer.put("tier", order.customer().tier());
    generic.put("customer", customer);
    generic.put("shop", new Utf8(order.shop()));
    return generic;
  }

  private static GenericRecord common(
      Schema schema,
      String id,
      BigDecimal total,
      UUID token,
      LocalDate day,
      Instant at,
      List<Line> lines,
      Map<String, Long> counts,
      String status) {
    GenericRecord generic = new GenericData.Record(schema);
    generic.put("id", new Utf8(id));
    generic.put("total", ByteBuffer.wrap(total.unscaledValue().toByteArray()));
    generic.put("token", new Utf8(token.toString()));
    generic.put("day", (int) day.toEpochDay());
    generic.put("at", at.toEpochMilli());
    Schema array = schema.getField("lines").schema();
    List<GenericRecord> records = new ArrayList<>();
    for (Line line : lines) {
      GenericRecord each = new GenericData.Record(array.getElementType());
      each.put("sku", new Utf8(line.sku()));
      each.put("quantity", line.quantity());
      records.add(each);
    }
    generic.put("lines", new GenericData.Array<>(array, records));
    Map<Utf8, Long> map = new LinkedHashMap<>();
    counts.forEach((key, value) -> map.put(new Utf8(key), value));
    generic.put("counts", map);
    generic.put("status", new GenericData.EnumSymbol(schema.getField("status").schema(), status));
    return generic;
  }

  private static String json(GenericRecord generic) throws IOException {
    ByteArrayOutputStream json = new ByteArrayOutputStream();
    JsonEncoder encoder = EncoderFactory.get().jsonEncoder(generic.getSchema(), json);
    new GenericDatumWriter<GenericRecord>(generic.getSchema()).write(generic, encoder);
    encoder.flush();
    return json.toString(UTF_8);
  }
}
