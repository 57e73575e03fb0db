package io.stagepost.amqp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagepost.ConfigurationException;
import io.stagepost.Messaging;
import io.stagepost.testkit.internal.Certificates;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the builder takes and refuses, and what is shown of it. */
class AmqpTransportTest {
  @Test
  void d19_all_that_is_wrong_is_told_at_once() {
    assertThatThrownBy(
            () ->
                AmqpTransport.builder()
                    .uris("amqp://broker.example:5672", "http://localhost", "::")
                    .partitions(0)
                    .build())
        .isInstanceOfSatisfying(
            ConfigurationException.class,
            wrong ->
                assertThat(wrong.problems())
                    .hasSize(4)
                    .anyMatch(text -> text.startsWith("SP-AMQP-034") && text.contains("broker.ex"))
                    .anyMatch(text -> text.contains("partitions is 0")));
    assertThatThrownBy(() -> AmqpTransport.builder().build())
        .hasMessageContaining("SP-AMQP-009 It has no broker");
  }

  @Test
  void a_broker_on_another_machine_is_a_choice() {
    AmqpTransport.builder().uris("amqp://broker.example").allowPlaintext().build().close();
    AmqpTransport.to("amqps://broker.example").close();
    AmqpTransport.to("amqp://LOCALHOST", "amqp://127.0.0.2", "amqp://[::1]").close();
    assertThatThrownBy(() -> AmqpTransport.to("amqp://127.broker.example"))
        .hasMessageContaining("SP-AMQP-034");
    assertThatThrownBy(
            () ->
                AmqpTransport.builder()
                    .uris("amqps://broker.example")
                    .oauth2("http://issuer.example/token", "client", "s3cret")
                    .build())
        .hasMessageContaining("SP-AMQP-034 The token issuer issuer.example")
        .hasMessageNotContaining("s3cret");
  }

  @Test
  void what_contradicts_itself_is_told(@TempDir Path files) throws Exception {
    Path empty = Files.writeString(files.resolve("empty.pem"), "-----BEGIN NOTHING-----");
    Path traditional =
        Files.writeString(
            files.resolve("traditional.pem"),
            new Certificates("any").pem()
                + "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n");
    assertProblem(
        AmqpTransport.builder().uris("amqp://localhost", "amqps://localhost"),
        "SP-AMQP-009 Some URIs say amqp");
    assertProblem(
        AmqpTransport.builder().uris("amqp://localhost").trustedCertificates(empty),
        "SP-AMQP-009 TLS is set up, and the URIs say amqp");
    assertProblem(
        AmqpTransport.builder().uris("amqps://localhost").saslExternal(),
        "SP-AMQP-009 saslExternal() lacks");
    assertProblem(
        AmqpTransport.builder()
            .uris("amqps://me:secret@localhost")
            .oauth2("https://issuer.example/token", "client", "secret"),
        "SP-AMQP-009 It has several ways to log in");
    assertProblem(
        AmqpTransport.builder()
            .uris("amqps://localhost")
            .sslContext(SSLContext.getDefault())
            .trustedCertificates(empty),
        "SP-AMQP-009 sslContext(...) is set");
    assertProblem(
        AmqpTransport.builder().uris("amqps://localhost").trustedCertificates(empty),
        "SP-AMQP-040",
        "empty.pem: it has no certificate to be trusted");
    assertProblem(
        AmqpTransport.builder().uris("amqps://localhost").clientCertificate(traditional),
        "SP-AMQP-040",
        "openssl pkcs8 -topk8 -nocrypt");
    assertProblem(
        AmqpTransport.builder()
            .uris("amqps://localhost")
            .clientCertificate(files.resolve("missing.pem")),
        "SP-AMQP-040",
        "missing.pem");
  }

  private static void assertProblem(AmqpTransport.Builder builder, String... words) {
    assertThatThrownBy(builder::build)
        .isInstanceOfSatisfying(
            ConfigurationException.class,
            wrong ->
                assertThat(wrong.problems())
                    .singleElement()
                    .asString()
                    .contains(words)
                    .doesNotContain("secret"));
  }

  @Test
  void what_is_shown_has_no_secrets() {
    try (AmqpTransport transport =
            AmqpTransport.builder()
                .uris("amqp://me:s%2Fecret@localhost/orders%2Feu", "amqp://127.0.0.1:5673")
                .group("orders", "billing", "archive")
                .unkeyed("logs")
                .keep("orders", Duration.ofDays(7))
                .build();
        Messaging messaging = Messaging.over(transport)) {
      assertThat(messaging.describe())
          .contains("localhost:5672,127.0.0.1:5673/orders/eu", "me", "archive, billing", "PT168H")
          .doesNotContain("ecret");
      assertThat(transport.toString()).doesNotContain("ecret");
    }
  }
}
