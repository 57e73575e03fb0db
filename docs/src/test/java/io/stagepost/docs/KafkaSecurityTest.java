package io.stagepost.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagepost.ConfigurationException;
import io.stagepost.kafka.KafkaTransport;
import org.junit.jupiter.api.Test;

/** The security examples of the page on Kafka: they compile, and the transport takes them. */
class KafkaSecurityTest {
  private static final String SELF = "docs/src/test/java/io/stagepost/docs/KafkaSecurityTest.java";

  @Test
  void the_page_shows_what_compiles_here() {
    String page = Documents.read("docs/kafka.md");
    for (String name : new String[] {"plaintext", "tls", "mutual", "password", "oauth"}) {
      assertThat(page).as(name).contains("```java\n" + Documents.snippet(SELF, name) + "\n```");
    }
  }

  @Test
  void plaintext() {
    assertThatThrownBy(() -> KafkaTransport.to("kafka.example:9092"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("allowPlaintext()");
    // spotless:off
    // snippet: plaintext
    KafkaTransport transport = KafkaTransport.builder()
        .bootstrapServers("kafka.example:9092")
        .allowPlaintext()
        .build();
    // end
    // spotless:on
    transport.close();
  }

  @Test
  void tls() {
    // spotless:off
    // snippet: tls
    KafkaTransport transport = KafkaTransport.builder()
        .bootstrapServers("kafka.example:9093")
        .property("security.protocol", "SSL")
        .property("ssl.truststore.type", "PEM")
        .property("ssl.truststore.location", "/etc/certs/ca.pem")   // or leave both out: the JDK's authorities
        .build();
    // end
    // spotless:on
    transport.close();
  }

  @Test
  void mutual_tls() {
    // spotless:off
    // snippet: mutual
    KafkaTransport transport = KafkaTransport.builder()
        .bootstrapServers("kafka.example:9093")
        .property("security.protocol", "SSL")
        .property("ssl.truststore.type", "PEM")
        .property("ssl.truststore.location", "/etc/certs/ca.pem")
        .property("ssl.keystore.type", "PEM")
        .property("ssl.keystore.location", "/etc/certs/service.pem")   // private key, then certificates
        .build();
    // end
    // spotless:on
    transport.close();
  }

  @Test
  void password() {
    // spotless:off
    // snippet: password
    KafkaTransport transport = KafkaTransport.builder()
        .bootstrapServers("kafka.example:9093")
        .property("security.protocol", "SASL_SSL")
        .property("sasl.mechanism", "SCRAM-SHA-512")   // or PLAIN, with PlainLoginModule
        .property("sasl.jaas.config",
            "org.apache.kafka.common.security.scram.ScramLoginModule required"
                + " username=\"billing\" password=\"" + secret("kafka.password") + "\";")
        .build();
    // end
    // spotless:on
    assertThat(transport.settings().toString()).doesNotContain(secret("kafka.password"));
    transport.close();
  }

  @Test
  void oauth() {
    // spotless:off
    // snippet: oauth
    KafkaTransport transport = KafkaTransport.builder()
        .bootstrapServers("kafka.example:9093")
        .property("security.protocol", "SASL_SSL")
        .property("sasl.mechanism", "OAUTHBEARER")
        .property("sasl.login.callback.handler.class",
            "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginCallbackHandler")
        .property("sasl.oauthbearer.token.endpoint.url", "https://issuer.example/token")
        .property("sasl.oauthbearer.client.credentials.client.id", "billing")
        .property("sasl.oauthbearer.client.credentials.client.secret", secret("kafka.client"))
        .property("sasl.jaas.config",
            "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required;")
        .build();
    // end
    // spotless:on
    assertThat(transport.settings().toString()).doesNotContain(secret("kafka.client"));
    transport.close();
  }

  private static String secret(String name) {
    return "from a vault: " + name;
  }
}
