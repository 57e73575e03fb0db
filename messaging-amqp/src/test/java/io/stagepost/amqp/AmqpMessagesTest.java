package io.stagepost.amqp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.amqp.Publisher;
import com.rabbitmq.qpid.protonj2.client.AdvancedMessage;
import com.rabbitmq.qpid.protonj2.types.Binary;
import com.rabbitmq.qpid.protonj2.types.Decimal128;
import com.rabbitmq.qpid.protonj2.types.Decimal32;
import com.rabbitmq.qpid.protonj2.types.Decimal64;
import com.rabbitmq.qpid.protonj2.types.Symbol;
import com.rabbitmq.qpid.protonj2.types.UnsignedByte;
import com.rabbitmq.qpid.protonj2.types.UnsignedInteger;
import com.rabbitmq.qpid.protonj2.types.UnsignedLong;
import com.rabbitmq.qpid.protonj2.types.UnsignedShort;
import com.rabbitmq.qpid.protonj2.types.messaging.AmqpSequence;
import com.rabbitmq.qpid.protonj2.types.messaging.AmqpValue;
import com.rabbitmq.qpid.protonj2.types.messaging.Data;
import com.rabbitmq.qpid.protonj2.types.messaging.Section;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.data.BytesCloudEventData;
import io.cloudevents.core.v1.CloudEventV1;
import io.stagepost.ContentMode;
import io.stagepost.PublishRejectedException;
import io.stagepost.PublishRejectedException.Fault;
import io.stagepost.spi.Header;
import io.stagepost.spi.Message;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages over a real broker, as other programs and as we send them. */
@SuppressWarnings("JavaUtilDate") // the timestamps of the clients
class AmqpMessagesTest {
  private final Wire wire = new Wire();

  @AfterEach
  void close() {
    wire.close();
  }

  private static Header header(String name, @Nullable String value) {
    return new Header(name, value == null ? null : value.getBytes(UTF_8));
  }

  private static Message message(byte @Nullable [] key, byte[] body, Header... headers) {
    return new Message("orders", key, List.of(headers), body);
  }

  /** Headers by name: text in quotes, other bytes in numbers. */
  private static Map<String, String> headers(Message message) {
    Map<String, String> headers = new TreeMap<>();
    for (Header header : message.headers()) {
      byte[] value = header.value();
      String shown =
          value == null
              ? "null"
              : AmqpHeaders.textOrBytes(value) instanceof String text
                  ? "\"" + text + "\""
                  : java.util.Arrays.toString(value);
      assertThat(headers.put(header.name(), shown)).as(header.name()).isNull();
    }
    return headers;
  }

  private static void assertSame(Message actual, Message expected) {
    assertThat(headers(actual)).isEqualTo(headers(expected));
    assertThat(actual.key()).isEqualTo(expected.key());
    assertThat(actual.body()).isEqualTo(expected.body());
  }

  /** What was read is sent on, as a dead letter is, and read again; twice. */
  private void assertComesBack(Message read) throws Exception {
    Message again = wire.over(read);
    assertSame(again, read);
    Message copied =
        new Message(again.address(), again.key(), new ArrayList<>(again.headers()), again.body());
    assertSame(wire.over(copied), read);
  }

  // ---- ours ------------------------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void d14_any_message_comes_back_as_it_went(long seed) throws Exception {
    Random random = new Random(seed);
    for (int i = 0; i < 100; i++) {
      Message sent = random(random);
      assertSame(wire.over(sent), sent);
    }
  }

  private static Message random(Random random) {
    Map<String, byte @Nullable []> headers = new HashMap<>();
    for (int n = random.nextInt(8); n > 0; n--) {
      String name = (random.nextBoolean() ? "" : "header-ü-") + random.nextInt(1_000);
      headers.put(name, random.nextInt(8) == 0 ? null : bytes(random));
    }
    for (int n = random.nextInt(4); n > 0; n--) {
      Header typed = typed(random);
      headers.put(
          (random.nextBoolean() ? "amqp:property:" : "amqp:annotation:")
              + typed.name()
              + ":x-"
              + random.nextInt(1_000),
          typed.value());
    }
    if (random.nextBoolean()) {
      headers.put("amqp:content-type", "text/plain; a=b".getBytes(UTF_8));
      headers.put("amqp:message-id", "id".getBytes(UTF_8));
    }
    List<Header> list = new ArrayList<>();
    headers.forEach((name, value) -> list.add(new Header(name, value)));
    return new Message(
        "orders", random.nextInt(4) == 0 ? null : bytes(random), list, bytes(random));
  }

  private static byte[] bytes(Random random) {
    byte[] bytes = new byte[random.nextInt(20)];
    random.nextBytes(bytes);
    return random.nextInt(4) == 0 ? bytes : new String(bytes, UTF_8).getBytes(UTF_8);
  }

  /** A value by the name of its type. */
  private static Header typed(Random random) {
    long number = random.nextLong();
    return switch (random.nextInt(14)) {
      case 0 -> header("boolean", "" + random.nextBoolean());
      case 1 -> header("byte", "" + (byte) number);
      case 2 -> header("ubyte", "" + (number & 0xFF));
      case 3 -> header("short", "" + (short) number);
      case 4 -> header("ushort", "" + (number & 0xFFFF));
      case 5 -> header("int", "" + (int) number);
      case 6 -> header("uint", "" + (number & 0xFFFF_FFFFL));
      case 7 -> header("long", "" + number);
      case 8 -> header("ulong", Long.toUnsignedString(number));
      case 9 -> header("float", "" + random.nextFloat());
      case 10 -> header("double", "" + random.nextGaussian());
      case 11 -> header("uuid", "" + new UUID(number, random.nextLong()));
      case 12 -> header("symbol", "symbol-" + number);
      default -> header("char", "" + (char) ('a' + random.nextInt(1_000)));
    };
  }

  @Test
  void d14_every_field_of_a_message_comes_back() throws Exception {
    Message sent =
        message(
            "key".getBytes(UTF_8),
            "body".getBytes(UTF_8),
            header("amqp:content-type", "text/plain"),
            header("amqp:content-encoding", "identity"),
            header("amqp:message-id:ulong", "18446744073709551615"),
            header("amqp:correlation-id:uuid", "00000000-0000-0001-0000-000000000002"),
            header("amqp:user-id", "somebody else"), // whom the broker would refuse
            header("amqp:to", "/queues/a"),
            header("amqp:subject", "s"),
            header("amqp:reply-to", "r"),
            header("amqp:absolute-expiry-time", "1700000000123"),
            header("amqp:creation-time", "-1"),
            header("amqp:group-id", "g"),
            header("amqp:group-sequence", "4294967295"),
            header("amqp:reply-to-group-id", "rg"),
            header("amqp:priority", "9"),
            header("amqp:property:string:amqp:like", "text"),
            header("amqp:property:null:amqp:nothing", null),
            header("amqp:property:binary:text", "text"),
            header("amqp:annotation:binary:x-text", "text"),
            new Header("amqp:annotation:binary:x-bytes", new byte[] {-1}),
            header("amqp:annotation:string:x-empty", ""),
            header("amqp:annotation:long:x-opt-partition", "5"));
    Message arrived = wire.over(sent);
    assertSame(arrived, sent);
    assertComesBack(arrived);

    Message ids =
        message(
            null,
            new byte[0],
            new Header("amqp:message-id:binary", new byte[] {-1, 0}),
            header("amqp:correlation-id", ""));
    assertSame(wire.over(ids), ids);
  }

  @Test
  void a_timestamp_comes_back_as_the_number_that_the_client_makes_of_it() throws Exception {
    Message arrived =
        wire.over(
            message(
                null,
                new byte[0],
                header("amqp:property:timestamp:a", "1700000000123"),
                header("amqp:annotation:timestamp:x-a", "5")));
    assertThat(headers(arrived))
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "amqp:property:long:a", "\"1700000000123\"",
                "amqp:annotation:long:x-a", "\"5\""));
  }

  @Test
  void the_time_at_which_a_message_was_sent_is_told_beside_it() throws Exception {
    Instant before = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    com.rabbitmq.client.amqp.Message arrived =
        wire.delivered(AmqpMessages.write(wire.publisher(), message(null, new byte[0])));
    assertThat(AmqpMessages.time(arrived)).isBetween(before, Instant.now());
    assertThat(AmqpMessages.read("orders", arrived).headers()).isEmpty();
    assertThat(AmqpMessages.time(wire.publisher().message())).isNull();
  }

  @Test
  void of_a_repeated_header_the_last_counts() throws Exception {
    assertThat(headers(wire.over(message(null, new byte[0], header("a", "1"), header("a", "2")))))
        .isEqualTo(Map.of("a", "\"2\""));
  }

  @Test
  void half_a_surrogate_pair_becomes_a_question_mark_as_it_does_on_kafka() throws Exception {
    CloudEvent event =
        new CloudEventV1(
            "a\uD800b", URI.create("urn:a"), "t", null, null, null, null, null, Map.of());
    AmqpBinding binding = new AmqpBinding(ContentMode.BINARY);
    Message arrived = wire.over(binding.encode("orders", "\uDC00", event));
    assertThat(binding.decode(arrived).getId()).isEqualTo("a?b");
    assertThat(arrived.key()).isEqualTo(new byte[] {'?'});
  }

  @ParameterizedTest
  @CsvSource({
    "amqp:nonsense, 1",
    "amqp:property:, 1",
    "amqp:property:nonsense:a, 1",
    "amqp:property:boolean:a, yes",
    "amqp:property:int:a, 2147483648",
    "amqp:property:ubyte:a, 256",
    "amqp:property:ushort:a, 65536",
    "amqp:property:uint:a, 4294967296",
    "amqp:property:ulong:a, -1",
    "amqp:property:uuid:a, 1",
    "amqp:property:char:a, ab",
    "amqp:property:symbol:a, ü",
    "amqp:annotation:string:no-x, 1",
    "amqp:annotation:string, 1",
    "amqp:annotation:decimal64:x-a, 1.5",
    "amqp:annotation:encoded:x-a, 1",
    "amqp:annotation:encoded:x-a, ''",
    "amqp:message-id:nonsense, 1",
    "amqp:group-sequence, x",
    "amqp:priority, x",
    "amqp:priority, 256",
    "amqp:content-type, text/ü",
    "amqp:annotation:string:x-ü, 1",
  })
  void a_header_that_names_a_part_of_a_message_and_is_none_is_refused(String name, String value) {
    assertThatThrownBy(
            () ->
                AmqpMessages.write(
                    wire.publisher(), message(null, new byte[0], header(name, value))))
        .isInstanceOfSatisfying(
            PublishRejectedException.class,
            refused -> assertThat(refused.fault()).isEqualTo(Fault.MESSAGE))
        .hasMessageStartingWith("SP-AMQP-020")
        .hasMessageContaining("orders")
        .hasMessageContaining(name);
  }

  @Test
  void an_annotation_without_a_value_is_left_out_since_it_would_end_the_session_of_who_gets_it()
      throws Exception {
    Message sent =
        message(
            null, new byte[0], header("amqp:annotation:string:x-a", null), header("amqp:to", null));
    assertThat(wire.over(sent).headers()).isEmpty();
  }

  // ---- keys ------------------------------------------------------------------------------------

  @Test
  void d04_a_key_is_text_if_it_can_be_and_a_message_without_one_has_a_number_to_spread_by()
      throws Exception {
    Publisher publisher = wire.publisher();
    assertThat(AmqpMessages.write(publisher, message("ü".getBytes(UTF_8), new byte[0])))
        .extracting(to -> to.annotation(Layout.KEY))
        .isEqualTo("ü");
    assertThat(AmqpMessages.write(publisher, message(new byte[] {-1}, new byte[0])))
        .extracting(to -> to.annotation(Layout.KEY))
        .isEqualTo(new Binary(new byte[] {-1}));
    assertThat(AmqpMessages.write(publisher, message(null, new byte[0])))
        .extracting(to -> to.annotation(Layout.KEY))
        .isInstanceOf(Integer.class);
    for (byte[] key : new byte[][] {null, {}, {'a'}, {-1, 0}}) {
      assertComesBack(message(key, new byte[0]));
    }
  }

  @Test
  void d04_what_another_program_says_is_the_key_is_the_key() throws Exception {
    assertThat(wire.fromAnother(foreign().annotation(Layout.KEY, "a")).key())
        .isEqualTo("a".getBytes(UTF_8));
    assertThat(wire.fromAnother(foreign().annotation(Layout.KEY, Symbol.valueOf("a"))).key())
        .isEqualTo("a".getBytes(UTF_8));
    for (String name : List.of("cloudEvents_partitionkey", "cloudEvents:partitionkey")) {
      assertThat(wire.fromAnother(foreign().property(name, "a")).key())
          .isEqualTo("a".getBytes(UTF_8));
      assertThat(wire.fromAnother(foreign().property(name, "a").annotation(Layout.KEY, 5)).key())
          .isNull();
    }
    Message odd = wire.fromAnother(foreign().annotation(Layout.KEY, 5L));
    assertThat(odd.key()).isNull();
    assertThat(headers(odd)).isEqualTo(Map.of("amqp:annotation:long:x-opt-partition-key", "\"5\""));
    assertComesBack(odd);
  }

  // ---- other programs: AMQP 1.0 ----------------------------------------------------------------

  private static AdvancedMessage<?> foreign() throws Exception {
    AdvancedMessage<Object> message = AdvancedMessage.create();
    message.addBodySection(section(new Data("body".getBytes(UTF_8))));
    return message;
  }

  @SuppressWarnings("unchecked")
  private static <E> Section<E> section(Section<?> section) {
    return (Section<E>) section;
  }

  @Test
  void d14_all_types_of_application_properties_and_annotations_come_back() throws Exception {
    Map<String, Object> values = new HashMap<>();
    values.put("boolean", true);
    values.put("byte", (byte) -1);
    values.put("short", (short) -2);
    values.put("int", -3);
    values.put("long", -4L);
    values.put("ubyte", UnsignedByte.valueOf((byte) -1));
    values.put("ushort", UnsignedShort.valueOf((short) -1));
    values.put("uint", UnsignedInteger.valueOf(-1));
    values.put("ulong", new UnsignedLong(-1));
    values.put("float", 1.5f);
    values.put("double", -2.5);
    values.put("char", 'ü');
    values.put("uuid", new UUID(1, 2));
    values.put("binary", new Binary("text".getBytes(UTF_8)));
    values.put("symbol", Symbol.valueOf("s"));
    values.put("timestamp", new Date(77));
    AdvancedMessage<?> message = foreign();
    for (Map.Entry<String, Object> value : values.entrySet()) {
      message.property(value.getKey(), value.getValue());
      message.annotation("x-" + value.getKey(), value.getValue());
    }
    message.property("decimal32", new Decimal32(0x3200007D));
    message.property("decimal64", new Decimal64(0x31C000000000007DL));
    message.property("decimal128", new Decimal128(1, 2));
    message.property("string", "ü").property("null", null).property("", "");
    message.property("bytes", new Binary(new byte[] {-1}));
    message.property("__value_schema_id", new Binary(new byte[] {0, 0, 0, 0, 'A'}));
    message.property("amqp:content-type", "not a content type").property("amqp:int", 5);
    message.annotation("x-string", "ü");
    message.annotation("x-list", List.of(1, "a", List.of(true)));
    message.annotation("x-map", Map.of("k", 5L));
    message.annotation("x-array", new String[] {"a", "b"});
    Message read = wire.fromAnother(message);

    Map<String, String> text = new HashMap<>();
    values.forEach((type, value) -> text.put(type, "\"" + value + "\""));
    text.put("binary", "\"text\"");
    text.remove("timestamp");
    Map<String, String> expected = new TreeMap<>();
    text.forEach(
        (type, value) -> {
          expected.put("amqp:property:" + type + ":" + type, value);
          expected.put("amqp:annotation:" + type + ":x-" + type, value);
        });
    expected.put("amqp:property:long:timestamp", "\"77\"");
    expected.put("amqp:annotation:long:x-timestamp", "\"77\"");
    expected.put("amqp:property:decimal32:decimal32", "\"3200007d\"");
    expected.put("amqp:property:decimal64:decimal64", "\"31c000000000007d\"");
    expected.put("amqp:property:decimal128:decimal128", "\"00000000000000010000000000000002\"");
    expected.put("string", "\"ü\"");
    expected.put("null", "null");
    expected.put("", "\"\"");
    expected.put("bytes", "[-1]");
    expected.put("__value_schema_id", "\"\0\0\0\0A\"");
    expected.put("amqp:property:string:amqp:content-type", "\"not a content type\"");
    expected.put("amqp:property:int:amqp:int", "\"5\"");
    expected.put("amqp:annotation:string:x-string", "\"ü\"");
    assertThat(headers(read)).containsAllEntriesOf(expected);
    assertThat(headers(read).keySet())
        .containsAll(
            List.of(
                "amqp:annotation:encoded:x-list",
                "amqp:annotation:encoded:x-map",
                "amqp:annotation:encoded:x-array"))
        .hasSize(expected.size() + 3);
    assertComesBack(read);

    com.rabbitmq.client.amqp.Message resent =
        wire.delivered(AmqpMessages.write(wire.publisher(), read));
    assertThat(resent.annotation("x-list")).isEqualTo(List.of(1, "a", List.of(true)));
    assertThat(resent.annotation("x-map")).isEqualTo(Map.of("k", 5L));
    assertThat(resent.annotation("x-array")).isEqualTo(new String[] {"a", "b"});
    assertThat(resent.property("ulong")).isEqualTo(new UnsignedLong(-1));
    assertThat(resent.property("char")).isEqualTo('ü');
    assertThat(resent.property("__value_schema_id")).isEqualTo(new byte[] {0, 0, 0, 0, 'A'});
  }

  @Test
  void d14_a_bodys_bytes_are_kept_whatever_kind_of_body_it_is() throws Exception {
    assertBody(null, "ab", new Data("a".getBytes(UTF_8)), new Data("b".getBytes(UTF_8)));
    assertBody(null, "", new Data(new byte[0]));
    assertBody("string", "tüxt", new AmqpValue<>("tüxt"));
    assertBody("binary", "bytes", new AmqpValue<>(new Binary("bytes".getBytes(UTF_8))));
    assertBody("null", "", new AmqpValue<>(null));
    // as AMQP encodes them: a small int; a list of an int and a string; two lists
    assertBody("encoded", "T\5", new AmqpValue<>(5));
    String list = "\u00D0\0\0\0\11\0\0\0\2T\1\u00A1\1a";
    assertBody("encoded", list, new AmqpValue<>(List.of(1, "a")));
    assertBody(
        "encoded",
        list + "\u00D0\0\0\0\7\0\0\0\1\u00A1\1b",
        new AmqpSequence<>(List.of(1, "a")),
        new AmqpSequence<>(List.of("b")));
  }

  private void assertBody(@Nullable String kind, String body, Section<?>... sections)
      throws Exception {
    AdvancedMessage<Object> message = AdvancedMessage.create();
    for (Section<?> section : sections) {
      message.addBodySection(section(section));
    }
    Message read = wire.fromAnother(message);
    assertThat(headers(read))
        .isEqualTo(kind == null ? Map.of() : Map.of("amqp:body", "\"" + kind + "\""));
    assertThat(read.body())
        .isEqualTo(
            body.getBytes(
                "encoded".equals(kind) ? java.nio.charset.StandardCharsets.ISO_8859_1 : UTF_8));
    assertComesBack(read);
  }

  @Test
  void d14_the_fields_that_another_program_sets_come_back_but_for_its_ttl() throws Exception {
    AdvancedMessage<?> message = foreign();
    message.messageId(UnsignedLong.valueOf(7)).correlationId(new Binary(new byte[] {9}));
    message.userId(Wire.BROKER.username().getBytes(UTF_8));
    message.to("/queues/elsewhere").subject("s").replyTo("r").contentType("text/plain");
    message.contentEncoding("identity").creationTime(1).absoluteExpiryTime(2);
    message.groupId("g").groupSequence(3).replyToGroupId("rg");
    message.priority((byte) 0).durable(false).timeToLive(600_000).footer("x-footer", "f");
    Message read = wire.fromAnother(message);
    Map<String, String> expected = new TreeMap<>();
    expected.put("amqp:message-id:ulong", "\"7\"");
    expected.put("amqp:correlation-id:binary", "\"\t\"");
    expected.put("amqp:user-id", "\"" + Wire.BROKER.username() + "\"");
    expected.put("amqp:to", "\"/queues/elsewhere\"");
    expected.put("amqp:subject", "\"s\"");
    expected.put("amqp:reply-to", "\"r\"");
    expected.put("amqp:content-type", "\"text/plain\"");
    expected.put("amqp:content-encoding", "\"identity\"");
    expected.put("amqp:creation-time", "\"1\"");
    expected.put("amqp:absolute-expiry-time", "\"2\"");
    expected.put("amqp:group-id", "\"g\"");
    expected.put("amqp:group-sequence", "\"3\"");
    expected.put("amqp:reply-to-group-id", "\"rg\"");
    expected.put("amqp:priority", "\"0\"");
    assertThat(headers(read)).isEqualTo(expected);
    assertComesBack(read);

    com.rabbitmq.client.amqp.Message resent =
        wire.delivered(AmqpMessages.write(wire.publisher(), read));
    assertThat(resent.ttl()).isEqualTo(Duration.ofMillis(0xFFFF_FFFFL)); // none
    assertThat(resent.durable()).isTrue();
  }

  // ---- other programs: AMQP 0.9.1 --------------------------------------------------------------

  @Test
  void d14_what_an_amqp_0_9_1_program_published_comes_back() throws Exception {
    Map<String, Object> headers = new HashMap<>();
    headers.put("text", "ü");
    headers.put("int", 5);
    headers.put("long", 5L);
    headers.put("bool", true);
    headers.put("double", 1.5);
    headers.put("date", new Date(5_000));
    headers.put("bytes", new byte[] {-1});
    headers.put("x-table", Map.of("k", "v"));
    headers.put("cloudEvents_partitionkey", "customer-1");
    ConnectionFactory factory = new ConnectionFactory();
    factory.setUri(Wire.BROKER.uri());
    try (com.rabbitmq.client.Connection connection = factory.newConnection();
        Channel channel = connection.createChannel()) {
      channel.basicPublish(
          wire.name,
          "routing",
          new BasicProperties.Builder()
              .contentType("application/json")
              .contentEncoding("identity")
              .correlationId("c")
              .messageId("m")
              .replyTo("r")
              .type("type")
              .appId("app")
              .timestamp(new Date(7_000))
              .priority(3)
              .expiration("600000")
              .headers(headers)
              .build(),
          "{}".getBytes(UTF_8));
    }
    Message read = wire.read();
    assertThat(read.body()).isEqualTo("{}".getBytes(UTF_8));
    assertThat(read.key()).isEqualTo("customer-1".getBytes(UTF_8));
    assertThat(headers(read))
        .containsEntry("amqp:content-type", "\"application/json\"")
        .containsEntry("amqp:content-encoding", "\"identity\"")
        .containsEntry("amqp:message-id", "\"m\"")
        .containsEntry("amqp:correlation-id", "\"c\"")
        .containsEntry("amqp:creation-time", "\"7000\"")
        .containsEntry("amqp:priority", "\"3\"")
        .containsEntry("text", "\"ü\"")
        .containsEntry("amqp:property:int:int", "\"5\"")
        .containsEntry("amqp:property:long:long", "\"5\"")
        .containsEntry("amqp:property:boolean:bool", "\"true\"")
        .containsEntry("amqp:property:double:double", "\"1.5\"")
        .containsEntry("amqp:property:long:date", "\"5000\"")
        .containsEntry("bytes", "[-1]")
        .containsEntry("cloudEvents_partitionkey", "\"customer-1\"")
        .containsKey("amqp:annotation:encoded:x-table");
    assertComesBack(read);
  }

  // ---- what the broker adds --------------------------------------------------------------------

  @Test
  void d14_why_the_broker_gave_a_message_up_is_part_of_it() throws Exception {
    String queue = wire.name + ".rejecting";
    wire.management()
        .queue(queue)
        .quorum()
        .queue()
        .deadLetterExchange("")
        .deadLetterRoutingKey(wire.name)
        .declare();
    wire.management().binding().sourceExchange(wire.name).destinationQueue(queue).bind();
    wire.send(AmqpMessages.write(wire.publisher(), message("k".getBytes(UTF_8), new byte[] {1})));
    Message first = wire.read();
    assertThat(headers(first)).isEmpty();
    wire.reject(queue);
    Message dead = wire.read();
    wire.management().queueDelete(queue);
    assertThat(dead.key()).isEqualTo("k".getBytes(UTF_8));
    assertThat(headers(dead))
        .containsEntry("amqp:annotation:string:x-first-death-queue", "\"" + queue + "\"")
        .containsKey("amqp:annotation:encoded:x-opt-deaths");
    assertComesBack(dead);
  }

  // ---- events ----------------------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(strings = {"BINARY", "STRUCTURED"})
  void d14_an_event_comes_back_over_the_broker(ContentMode mode) throws Exception {
    Map<String, Object> extensions =
        new HashMap<>(Map.of("n", -5, "flag", true, "tenant", "blue", "odd", "\uFFFD"));
    if (mode == ContentMode.BINARY) {
      extensions.put("bin", new byte[] {-1, 0});
      extensions.put("ascii", "text".getBytes(UTF_8));
    }
    CloudEvent event =
        new CloudEventV1(
            "id-ü",
            URI.create("/orders"),
            "test.v1",
            "text/plain; charset=utf-8",
            URI.create("https://example.com/s"),
            "a b",
            OffsetDateTime.parse("2026-11-21T10:00:00.123456789+05:30"),
            BytesCloudEventData.wrap("tüxt".getBytes(UTF_8)),
            extensions);
    AmqpBinding binding = new AmqpBinding(mode);
    Message arrived = wire.over(binding.encode("orders", "key", event));
    assertThat(binding.decode(arrived)).usingRecursiveComparison().isEqualTo(event);
    assertThat(binding.decode(wire.over(arrived))).usingRecursiveComparison().isEqualTo(event);
    assertThat(headers(arrived)).isEqualTo(headers(binding.encode("orders", "key", event)));
  }

  @Test
  void an_event_is_read_from_native_types_and_a_text_body() throws Exception {
    AdvancedMessage<Object> message = AdvancedMessage.create();
    message.addBodySection(section(new AmqpValue<>("{\"a\":1}")));
    message.contentType("application/json");
    message.property("cloudEvents:specversion", "1.0").property("cloudEvents:id", "1");
    message.property("cloudEvents:source", "urn:a").property("cloudEvents:type", "t");
    message.property("cloudEvents:time", new Date(1_700_000_000_123L));
    message.property("cloudEvents:n", 5L).property("cloudEvents:flag", true);
    message.property("cloudEvents:bin", new Binary("text".getBytes(UTF_8)));
    CloudEvent read = new AmqpBinding(ContentMode.BINARY).decode(wire.fromAnother(message));
    assertThat(read)
        .usingRecursiveComparison()
        .isEqualTo(
            new CloudEventV1(
                "1",
                URI.create("urn:a"),
                "t",
                "application/json",
                null,
                null,
                OffsetDateTime.parse("2023-11-14T22:13:20.123Z"),
                BytesCloudEventData.wrap("{\"a\":1}".getBytes(UTF_8)),
                Map.of("n", 5, "flag", true, "bin", "text".getBytes(UTF_8))));
  }
}
