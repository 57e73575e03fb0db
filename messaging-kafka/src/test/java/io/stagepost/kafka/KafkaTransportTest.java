package io.stagepost.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagepost.ConfigurationException;
import io.stagepost.MessagingException;
import io.stagepost.Setting;
import io.stagepost.Setting.Layer;
import io.stagepost.Topology;
import io.stagepost.spi.Reception;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KafkaTransportTest {
  @ParameterizedTest
  @CsvSource({
    "acks, 1, D01",
    "acks, 0, D01",
    "enable.idempotence, false, reorders",
    "transactional.id, t, one by one",
    "partitioner.ignore.keys, true, D04",
    "delivery.timeout.ms, 100, publishTimeout",
    "key.serializer, com.example.S, bytes",
    "value.serializer, com.example.S, bytes",
    "key.deserializer, com.example.S, bytes",
    "value.deserializer, com.example.S, bytes",
    "group.id, g, subscription's name",
    "enable.auto.commit, true, D03",
    "allow.auto.create.topics, true, Topology",
    "bootstrap.servers, 'other:9092', bootstrapServers",
  })
  void a_property_that_a_promise_hangs_on_is_refused_by_name_and_with_the_reason(
      String name, String value, String why) {
    for (KafkaTransport.Builder builder :
        List.of(
            KafkaTransport.builder().property(name, value),
            KafkaTransport.builder().producerProperty(name, value),
            KafkaTransport.builder().consumerProperty(name, value))) {
      assertThatThrownBy(() -> builder.bootstrapServers("localhost:9092").build())
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("SP-KAFKA-001")
          .hasMessageContaining(name)
          .hasMessageContaining("\"" + value + "\"")
          .hasMessageContaining(why);
    }
  }

  @Test
  void what_agrees_with_the_library_is_let_through() {
    KafkaTransport.builder()
        .bootstrapServers("localhost:9092")
        .property("acks", "all")
        .producerProperty("acks", "-1")
        .property("enable.idempotence", "true")
        .property("enable.auto.commit", "false")
        .build()
        .close();
  }

  @Test
  void d19_everything_that_is_wrong_is_told_at_once() {
    assertThatThrownBy(
            () ->
                KafkaTransport.builder()
                    .property("acks", "1")
                    .property("linger.ms", "soon")
                    .consumerProperty("auto.offset.reset", "middle")
                    .partitions(0)
                    .replicationFactor(-1)
                    .build())
        .isInstanceOfSatisfying(
            ConfigurationException.class,
            failure ->
                assertThat(failure.problems())
                    .hasSize(6)
                    .allMatch(problem -> problem.startsWith("SP-KAFKA-0"))
                    .anyMatch(problem -> problem.contains("bootstrapServers"))
                    .anyMatch(problem -> problem.contains("partitions is 0"))
                    .anyMatch(problem -> problem.contains("replicationFactor is -1"))
                    .anyMatch(problem -> problem.contains("linger.ms") && problem.contains("soon"))
                    .anyMatch(problem -> problem.contains("auto.offset.reset")));
  }

  @Test
  void settings_show_who_set_what_and_no_secret() {
    try (KafkaTransport transport =
        KafkaTransport.builder()
            .bootstrapServers("localhost:9092")
            .property("security.protocol", "SASL_SSL")
            .property("sasl.jaas.config", "PlainLoginModule required password=\"s3cret\";")
            .property("ssl.truststore.password", "s3cret")
            .property("ssl.keystore.key", "s3cret")
            .property("sasl.oauthbearer.client.credentials.client.secret", "s3cret")
            .property("com.example.plugin.handle", "s3cret")
            .producerProperty("linger.ms", "20")
            .consumerProperty("isolation.level", "read_uncommitted")
            .partitions(12)
            .build()) {
      List<Setting<?>> settings = transport.settings();
      assertThat(settings.toString()).doesNotContain("s3cret");
      assertThat(settings)
          .contains(
              new Setting<>("bootstrap.servers", "localhost:9092", Layer.CODE),
              new Setting<>("acks", "all", Layer.DEFAULT),
              new Setting<>("auto.offset.reset", "earliest", Layer.DEFAULT),
              new Setting<>("security.protocol", "SASL_SSL", Layer.CODE),
              new Setting<>("sasl.jaas.config", "(hidden)", Layer.CODE),
              new Setting<>("com.example.plugin.handle", "(hidden)", Layer.CODE),
              new Setting<>("producer linger.ms", "20", Layer.CODE),
              new Setting<>("consumer isolation.level", "read_uncommitted", Layer.CODE),
              new Setting<>("topology", Topology.AUTO_CREATE, Layer.DEFAULT),
              new Setting<>("partitions of new topics", 12, Layer.CODE),
              new Setting<>("replicas of new topics", "the broker's", Layer.DEFAULT))
          .doesNotHaveDuplicates();
      assertThat(settings.stream().map(Setting::name)).doesNotContain("isolation.level");
      assertThat(transport).hasToString("kafka at localhost:9092");
    }
  }

  @Test
  void a_refused_secret_is_not_told() {
    assertThatThrownBy(
            () ->
                KafkaTransport.builder()
                    .bootstrapServers("localhost:9092")
                    .property("sasl.login.connect.timeout.ms", "soon")
                    .property("ssl.truststore.password", "s3cret")
                    .property("group.id", "g")
                    .build())
        .hasMessageNotContaining("s3cret");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "kafka.example:9092",
        "localhost:9092,10.0.0.7:9092",
        "localhost.example:9092",
        "127.example:9092",
        "1127.0.0.1:9092",
        "[::2]:9092",
        "[2001:db8::1]:9092",
        "PLAINTEXT://kafka.example:9092"
      })
  void plaintext_beyond_this_machine_must_be_chosen(String bootstrapServers) {
    for (KafkaTransport.Builder plain :
        List.of(
            KafkaTransport.builder(),
            KafkaTransport.builder().property("security.protocol", "PLAINTEXT"),
            KafkaTransport.builder().property("security.protocol", "SASL_PLAINTEXT"),
            KafkaTransport.builder()
                .property("security.protocol", "SSL")
                .consumerProperty("security.protocol", "PLAINTEXT"))) {
      plain.bootstrapServers(bootstrapServers);
      assertThatThrownBy(plain::build)
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("SP-KAFKA-040")
          .hasMessageContaining("PLAINTEXT")
          .hasMessageContaining("allowPlaintext()");
      try (KafkaTransport chosen = plain.allowPlaintext().build()) {
        assertThat(chosen.settings())
            .contains(new Setting<>("plaintext beyond loopback", "allowed", Layer.CODE));
      }
    }
    for (String encrypted : List.of("SSL", "SASL_SSL", "ssl")) {
      KafkaTransport.builder()
          .bootstrapServers(bootstrapServers)
          .property("security.protocol", encrypted)
          .build()
          .close();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost:9092",
        "LOCALHOST:9092",
        "127.0.0.1:9092, 127.1.2.3:9093",
        "[::1]:9092",
        "::1:9092",
        "[0:0:0:0:0:0:0:1]:9092",
        "PLAINTEXT://localhost:9092"
      })
  void on_this_machine_plaintext_needs_no_permission(String bootstrapServers) {
    try (KafkaTransport transport = KafkaTransport.to(bootstrapServers)) {
      assertThat(transport.settings())
          .contains(
              new Setting<>("security.protocol", "PLAINTEXT", Layer.DEFAULT),
              new Setting<>("plaintext beyond loopback", "refused", Layer.DEFAULT));
    }
  }

  @Test
  void host_names_that_are_not_verified_are_warned_of_once() {
    ClientProperties properties =
        new ClientProperties(
            "kafka.example:9093",
            Map.of("security.protocol", "SSL", "ssl.endpoint.identification.algorithm", ""),
            Map.of(),
            Map.of(),
            false);
    assertThat(properties.problems()).isEmpty();
    assertThat(properties.warnings())
        .singleElement()
        .asString()
        .startsWith("SP-KAFKA-041")
        .contains("kafka.example:9093");
    assertThat(properties.settings())
        .contains(new Setting<>("ssl.endpoint.identification.algorithm", "off", Layer.CODE));
    assertThat(
            new ClientProperties(
                    "kafka.example:9093",
                    Map.of("security.protocol", "SSL"),
                    Map.of(),
                    Map.of(),
                    false)
                .warnings())
        .isEmpty();
  }

  @Test
  void key_stores_are_reread_unless_the_program_has_a_way_of_its_own() {
    Map<String, String> encrypted = Map.of("security.protocol", "SSL");
    assertThat(
            new ClientProperties("localhost:9093", encrypted, Map.of(), Map.of(), false)
                .forReceiver("g"))
        .containsEntry("ssl.engine.factory.class", ReloadingSslEngineFactory.class);
    Map<String, String> own = Map.of("ssl.engine.factory.class", "com.example.Factory");
    assertThat(
            new ClientProperties("localhost:9093", encrypted, Map.of(), own, false)
                .forReceiver("g"))
        .containsEntry("ssl.engine.factory.class", "com.example.Factory");
    assertThat(
            new ClientProperties("localhost:9092", Map.of(), Map.of(), Map.of(), false)
                .forReceiver("g"))
        .doesNotContainKey("ssl.engine.factory.class");
  }

  @Test
  void each_client_gets_what_it_knows() {
    ClientProperties properties =
        new ClientProperties(
            "localhost:9092",
            Map.of("linger.ms", "7", "max.poll.records", "9", "plugin.x", "y"),
            Map.of("compression.type", "lz4"),
            Map.of("client.rack", "r1"),
            false);
    assertThat(properties.forProducer(Duration.ofSeconds(30)))
        .containsEntry("linger.ms", "7")
        .containsEntry("compression.type", "lz4")
        .containsEntry("plugin.x", "y")
        .containsEntry("delivery.timeout.ms", 30_000)
        .containsEntry("request.timeout.ms", 15_000)
        .containsEntry("max.block.ms", 15_000L)
        .doesNotContainKeys("max.poll.records", "client.rack");
    assertThat(properties.forReceiver("g"))
        .containsEntry("group.id", "g")
        .containsEntry("max.poll.records", "9")
        .containsEntry("client.rack", "r1")
        .containsEntry("auto.offset.reset", "earliest")
        .containsEntry("isolation.level", "read_committed")
        .doesNotContainKeys("linger.ms", "compression.type");
    assertThat(properties.forAdmin())
        .containsEntry("plugin.x", "y")
        .containsEntry("default.api.timeout.ms", 15_000)
        .doesNotContainKeys("linger.ms", "max.poll.records", "client.rack");
    assertThat(properties.forBrowser()).doesNotContainKeys("group.id");
  }

  @Test
  void the_newer_group_protocol_gets_no_assignor_of_ours() {
    assertThat(
            new ClientProperties(
                    "localhost:9092",
                    Map.of(),
                    Map.of(),
                    Map.of("group.protocol", "consumer"),
                    false)
                .forReceiver("g"))
        .doesNotContainKey("partition.assignment.strategy");
  }

  /** There the broker says it, group by group. */
  @ParameterizedTest
  @ValueSource(strings = {"session.timeout.ms", "heartbeat.interval.ms"})
  void what_the_newer_group_protocol_has_no_place_for_is_told_by_name(String name) {
    try (KafkaTransport transport =
        KafkaTransport.builder()
            .bootstrapServers("localhost:9092")
            .consumerProperty("group.protocol", "consumer")
            .consumerProperty(name, "6000")
            .build()) {
      Reception reception = new Reception("g", Set.of("t"), Duration.ofSeconds(1));
      assertThatThrownBy(() -> transport.receive(reception, new Accepting()))
          .hasMessageStartingWith("SP-KAFKA-002")
          .hasMessageContaining(name);
    }
  }

  @Test
  void clients_that_cannot_be_made_are_told_by_code() {
    try (KafkaTransport nowhere =
        KafkaTransport.builder()
            .bootstrapServers("no-such-host.invalid:9092")
            .allowPlaintext()
            .build()) {
      assertThatThrownBy(() -> nowhere.sender(Duration.ofSeconds(1)))
          .isInstanceOf(MessagingException.class)
          .hasMessageStartingWith("SP-KAFKA-002")
          .hasMessageContaining("no-such-host.invalid:9092");
      Reception reception = new Reception("g", Set.of("t"), Duration.ofSeconds(1));
      assertThatThrownBy(
              () ->
                  KafkaReceiver.start(
                      reception,
                      new Accepting(),
                      new ClientProperties(
                          "no-such-host.invalid:9092", Map.of(), Map.of(), Map.of(), true),
                      new KafkaFailures("no-such-host.invalid:9092"),
                      new Semaphore(1)))
          .hasMessageStartingWith("SP-KAFKA-002");
    }
  }
}
