package io.stagepost.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagepost.amqp.AmqpTransport;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The security examples of the page on RabbitMQ: they compile, and the transport takes them. */
class RabbitSecurityTest {
  private static final String SELF = "docs/src/test/java/io/stagepost/docs/RabbitSecurityTest.java";

  @Test
  void the_page_shows_what_compiles_here() {
    String page = Documents.read("docs/rabbitmq.md");
    for (String name : new String[] {"tls", "certificate", "oauth"}) {
      assertThat(page).as(name).contains("```java\n" + Documents.snippet(SELF, name) + "\n```");
    }
  }

  @Test
  void tls() {
    // spotless:off
    // snippet: tls
    AmqpTransport.Builder transport = AmqpTransport.builder()
        .uris("amqps://billing:" + secret("rabbitmq.password") + "@rabbit.example/orders")
        .trustedCertificates(Path.of("/etc/certs/ca.pem"));   // or leave it out: the JDK's authorities
    // end
    // spotless:on
    assertOnlyFilesAreMissing(transport, "ca.pem");
  }

  @Test
  void certificate() {
    // spotless:off
    // snippet: certificate
    AmqpTransport.Builder transport = AmqpTransport.builder()
        .uris("amqps://rabbit.example/orders")
        .trustedCertificates(Path.of("/etc/certs/ca.pem"))
        .clientCertificate(Path.of("/etc/certs/service.pem"))   // private key and certificates; or PKCS12, with its password
        .saslExternal();
    // end
    // spotless:on
    assertOnlyFilesAreMissing(transport, "service.pem");
  }

  @Test
  void oauth() {
    // spotless:off
    // snippet: oauth
    AmqpTransport.Builder transport = AmqpTransport.builder()
        .uris("amqps://rabbit.example/orders")
        .oauth2("https://issuer.example/token", "billing", secret("rabbitmq.client"));
    // end
    // spotless:on
    // this module has not added what the page says is to be added
    assertThatThrownBy(transport::build).hasMessageContaining("com.google.code.gson:gson");
  }

  private static void assertOnlyFilesAreMissing(AmqpTransport.Builder transport, String file) {
    assertThatThrownBy(transport::build)
        .hasMessageContaining("SP-AMQP-040")
        .hasMessageContaining(file)
        .hasMessageNotContaining(secret("rabbitmq.password"));
  }

  private static String secret(String name) {
    return "from-a-vault-" + name;
  }
}
