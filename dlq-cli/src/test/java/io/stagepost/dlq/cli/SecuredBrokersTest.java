package io.stagepost.dlq.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.dlq.cli.Stand.Kind;
import io.stagepost.dlq.cli.Stand.Result;
import io.stagepost.testkit.fixture.KafkaFixture;
import io.stagepost.testkit.fixture.RabbitFixture;
import io.stagepost.testkit.fixture.RabbitFixture.Version;
import io.stagepost.testkit.fixture.internal.HostPorts;
import io.stagepost.testkit.internal.Certificates;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Brokers that want to know who comes, over TLS, and what they may. */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SecuredBrokersTest {
  private static final String SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule";
  private static final String LARGEST = "" + (20 << 20);

  @TempDir private static Path data;
  private static final Certificates AUTHORITY = new Certificates("authority");
  private static Path trusted;

  @TempDir private Path folder;

  @BeforeAll
  static void trust() throws IOException {
    trusted = Files.writeString(data.resolve("trusted.pem"), AUTHORITY.pem());
  }

  private static Instant tomorrow() {
    return Instant.now().plus(Duration.ofDays(1));
  }

  /** Key, then certificate and authority. */
  private static String[] identity() {
    return AUTHORITY.issue("broker", tomorrow()).pem().split("(?=-----BEGIN CERTIFICATE)", 2);
  }

  // ---- Kafka

  /** Those who come without TLS may do everything. */
  private static final class GuardedKafka {
    final String address = "localhost:" + HostPorts.free(1).get(0);
    final KafkaFixture broker;
    final Admin admin;

    GuardedKafka(Path data) {
      String[] pem = identity();
      broker =
          KafkaFixture.start(
              data,
              Map.ofEntries(
                  Map.entry("listeners", "GUARDED://" + address),
                  Map.entry("advertised.listeners", "GUARDED://" + address),
                  Map.entry("listener.security.protocol.map", "GUARDED:SASL_SSL"),
                  Map.entry("listener.name.guarded.ssl.keystore.type", "PEM"),
                  Map.entry("listener.name.guarded.ssl.keystore.key", pem[0]),
                  Map.entry("listener.name.guarded.ssl.keystore.certificate.chain", pem[1]),
                  Map.entry("listener.name.guarded.sasl.enabled.mechanisms", "SCRAM-SHA-512"),
                  Map.entry(
                      "listener.name.guarded.scram-sha-512.sasl.jaas.config", SCRAM + " required;"),
                  Map.entry(
                      "authorizer.class.name",
                      "org.apache.kafka.metadata.authorizer.StandardAuthorizer"),
                  Map.entry("super.users", "User:ANONYMOUS"),
                  Map.entry("message.max.bytes", LARGEST)));
      admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()));
    }

    void user(String name) throws ExecutionException, InterruptedException {
      ScramCredentialInfo scram = new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096);
      admin
          .alterUserScramCredentials(
              List.of(new UserScramCredentialUpsertion(name, scram, "secret-" + name)))
          .all()
          .get();
    }

    void grant(String user, String topic, AclOperation operation)
        throws ExecutionException, InterruptedException {
      admin
          .createAcls(
              List.of(
                  new AclBinding(
                      new ResourcePattern(ResourceType.TOPIC, topic, PatternType.LITERAL),
                      new AccessControlEntry(
                          "User:" + user, "*", operation, AclPermissionType.ALLOW))))
          .all()
          .get();
    }
  }

  private static GuardedKafka kafka;

  @BeforeAll
  static void startKafka() {
    kafka = new GuardedKafka(data.resolve("kafka"));
  }

  @AfterAll
  static void stopKafka() {
    kafka.admin.close();
    kafka.broker.close();
  }

  private Path login(String user, String password) throws IOException {
    return Files.writeString(
        folder.resolve(user + ".properties"),
        """
        security.protocol=SASL_SSL
        ssl.truststore.type=PEM
        ssl.truststore.location=%s
        sasl.mechanism=SCRAM-SHA-512
        sasl.jaas.config=%s required username="%s" password="%s";
        """
            .formatted(trusted, SCRAM, user, password));
  }

  private static Stand kafkaStand(Path folder) {
    return new Stand(Kind.KAFKA, "kafka://" + kafka.broker.bootstrapServers(), folder);
  }

  @Test
  void a_destination_that_one_may_not_write_to_refuses_and_loses_nothing() throws Exception {
    try (Stand stand = kafkaStand(folder)) {
      stand.write(0, 5, 0);
      kafka.user("ada");
      kafka.grant("ada", stand.letters, AclOperation.READ);
      kafka.grant("ada", stand.channel, AclOperation.DESCRIBE);
      kafka.grant("ada", stand.channel + ".ledger", AclOperation.ALL);
      String[] secured = {
        "--broker",
        "kafka://" + kafka.address,
        "--broker-config",
        login("ada", "secret-ada").toString()
      };
      String run = stand.dlq("plan", with(secured, stand.letters)).value("run");
      Result refused = stand.dlq("replay", with(secured, "--resume", run, "--yes"));
      assertThat(refused.code()).as("%s", refused).isEqualTo(8);
      assertThat(refused.err()).contains("SP-KAFKA-").doesNotContain("secret-ada");
      assertThat(stand.ids(stand.channel)).isEmpty();
      assertThat(stand.dlq("plan", stand.letters).out()).contains("letters       5, ");

      kafka.grant("ada", stand.channel, AclOperation.WRITE);
      Result granted = stand.dlq("replay", with(secured, "--resume", run, "--yes"));
      assertThat(granted.code()).as("%s", granted).isZero();
      assertThat(stand.ids(stand.channel)).containsExactlyInAnyOrder("e0", "e1", "e2", "e3", "e4");
    }
  }

  @Test
  void whoever_kafka_does_not_know_or_trust_is_told_so() throws Exception {
    try (Stand stand = kafkaStand(folder)) {
      stand.write(0, 1, 0);
      String url = "kafka://" + kafka.address;
      Path wrong = login("nobody", "secret-nobody");
      Cli.Result unknown =
          Cli.run("peek", stand.letters, "--broker", url, "--broker-config", wrong.toString());
      assertThat(unknown.code()).as(unknown.err()).isEqualTo(1);
      assertThat(unknown.err()).contains("uthentication").doesNotContain("secret-nobody");
      String text = Files.readString(wrong).replaceAll("ssl.truststore.*\n", "");
      Files.writeString(wrong, text);
      Cli.Result untrusted =
          Cli.run("peek", stand.letters, "--broker", url, "--broker-config", wrong.toString());
      assertThat(untrusted.code()).as(untrusted.err()).isEqualTo(1);
      assertThat(untrusted.err()).contains("ertificat").doesNotContain("secret-nobody");
    }
  }

  @Test
  void ten_megabytes_are_replayed_where_topics_take_them() throws Exception {
    try (Stand stand = kafkaStand(folder)) {
      Path export = folder.resolve("large.ndjson.gz");
      byte[] body = ("{\"text\":\"" + "x".repeat(10 << 20) + "\"}").getBytes(UTF_8);
      Path letter = Files.write(folder.resolve("letter.json"), body);
      stand.write(stand.letter(0, 0, "{}"));
      String name = Cli.run("peek", stand.letters, "--broker", stand.url, "--output", "csv").out();
      name = name.lines().skip(1).findFirst().orElseThrow().split(",", -1)[0];
      Result edited = stand.dlq("edit", name, "--body", letter.toString(), "--yes");
      assertThat(edited.code()).as("%s", edited).isZero();
      Cli.Result exported =
          Cli.run("export", stand.letters, "--broker", stand.url, "-o", export.toString());
      assertThat(exported.code()).as(exported.err()).isZero();
      Result replayed = stand.dlq("replay", stand.letters, "--yes");
      assertThat(replayed.code()).as("%s", replayed).isZero();
      assertThat(stand.at(stand.channel).get(0).body()).isEqualTo(body);
    }
  }

  // ---- RabbitMQ

  @Test
  void rabbitmq_is_reached_over_tls_by_password_or_certificate() throws Exception {
    String[] pem = identity();
    int port = HostPorts.free(1).get(0);
    Map<String, String> settings =
        Map.of(
            "listeners.ssl.1", "127.0.0.1:" + port,
            "ssl_options.cacertfile", trusted.toString(),
            "ssl_options.keyfile", Files.writeString(data.resolve("key.pem"), pem[0]).toString(),
            "ssl_options.certfile",
                Files.writeString(data.resolve("broker.pem"), pem[1]).toString(),
            "ssl_options.verify", "verify_peer",
            "ssl_options.fail_if_no_peer_cert", "false",
            "ssl_cert_login_from", "common_name",
            "auth_mechanisms.1", "PLAIN",
            "auth_mechanisms.2", "EXTERNAL");
    try (RabbitFixture broker =
            RabbitFixture.start(
                data.resolve("rabbit"), Version.V4_3, settings, "rabbitmq_auth_mechanism_ssl");
        Stand stand = new Stand(Kind.RABBITMQ, broker.uri(), folder)) {
      stand.write(0, 3, 0);
      String login = broker.username() + ":" + broker.password() + "@";
      String address = "localhost:" + port;
      Path byPassword = config("password", "trusted-certificates=" + trusted + "\n");
      Result replayed =
          stand.dlq(
              "replay",
              with(
                  secured("amqps://" + login + address, byPassword),
                  stand.letters,
                  "--limit=1",
                  "--yes"));
      assertThat(replayed.code()).as("%s", replayed).isZero();

      Path keys = AUTHORITY.issue("dlq-tool", tomorrow()).writePkcs12(folder.resolve("keys.p12"));
      String unused =
          broker.ctl("add_user", "dlq-tool", "none that anybody knows")
              + broker.ctl("set_permissions", "dlq-tool", ".*", ".*", ".*");
      Path byCertificate =
          config(
              "certificate",
              "trusted-certificates=%s\nclient-certificate=%s\nclient-password=%s\nsasl=external\n"
                  .formatted(trusted, keys, Certificates.PASSWORD));
      Result rest =
          stand.dlq(
              "replay", with(secured("amqps://" + address, byCertificate), stand.letters, "--yes"));
      assertThat(rest.code()).as("%s", rest).isZero();
      assertThat(stand.ids(stand.channel)).containsExactlyInAnyOrder("e0", "e1", "e2");

      Cli.Result untrusted =
          Cli.run("peek", stand.letters, "--broker", "amqps://" + login + address);
      assertThat(untrusted.code()).as(untrusted.err()).isEqualTo(1);
      assertThat(untrusted.err()).contains("ertificat").doesNotContain(broker.password() + "@");
    }
  }

  private Path config(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name + ".properties"), text);
  }

  private static String[] secured(String url, Path config) {
    return new String[] {"--broker", url, "--broker-config", config.toString()};
  }

  private static String[] with(String[] last, String... first) {
    return Stream.concat(Arrays.stream(first), Arrays.stream(last)).toArray(String[]::new);
  }
}
