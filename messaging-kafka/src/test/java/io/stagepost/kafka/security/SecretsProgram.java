package io.stagepost.kafka.security;

import io.stagepost.Messaging;
import io.stagepost.MessagingException;
import io.stagepost.kafka.KafkaTransport;
import io.stagepost.spi.Message;
import io.stagepost.spi.Need;
import io.stagepost.spi.Transport;
import io.stagepost.testkit.internal.Certificates;
import io.stagepost.testkit.internal.TokenIssuer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.ConfigDef;

/**
 * Goes wrong in every way that has to do with a secret, and prints all that a program can see of
 * it. In a process of its own, so that everything which is logged can be read.
 */
final class SecretsProgram {
  static final String MARKER = "h1dden.Marker";

  private final String broker;
  private final String trusted;
  private final String tokenUrl;
  private final Path keyStore;

  private SecretsProgram(String broker, String trusted, String tokenUrl, Path keyStore) {
    this.broker = broker;
    this.trusted = trusted;
    this.tokenUrl = tokenUrl;
    this.keyStore = keyStore;
  }

  public static void main(String[] args) throws Exception {
    System.setProperty("org.apache.kafka.sasl.oauthbearer.allowed.urls", args[2]);
    new SecretsProgram(args[0], Files.readString(Path.of(args[1])), args[2], Path.of(args[3]))
        .run();
    System.exit(0); // what could not log in may still be trying
  }

  private void run() {
    everySecretAtOnce();
    wrongConfiguration();
    String plain = "org.apache.kafka.common.security.plain.PlainLoginModule";
    String scram = "org.apache.kafka.common.security.scram.ScramLoginModule";
    String login = " required username=\"u\" password=\"" + MARKER + "\";";
    connect("wrong password", sasl("PLAIN", plain + login));
    connect("wrong scram password", sasl("SCRAM-SHA-512", scram + login));
    connect("nobody there", builder -> nowhere(sasl("PLAIN", plain + login).apply(builder)));
    connect("wrong client secret", oauth(tokenUrl));
    connect(
        "wrong store password",
        builder -> stores(builder).property("ssl.keystore.password", MARKER));
    connect(
        "wrong key password",
        builder ->
            stores(builder)
                .property("ssl.keystore.password", Certificates.PASSWORD)
                .property("ssl.key.password", MARKER));
    connect(
        "a key that is none",
        builder ->
            builder
                .property("security.protocol", "SSL")
                .property("ssl.keystore.type", "PEM")
                .property("ssl.keystore.certificate.chain", MARKER)
                .property("ssl.keystore.key", pem(MARKER)));
  }

  /** A describe() of a transport on which every property that Kafka knows for a secret is set. */
  private void everySecretAtOnce() {
    Map<String, String> secrets = new LinkedHashMap<>();
    for (ConfigDef client :
        List.of(
            ProducerConfig.configDef(),
            ConsumerConfig.configDef(),
            AdminClientConfig.configDef())) {
      client
          .configKeys()
          .forEach(
              (name, key) -> {
                if (key.type == ConfigDef.Type.PASSWORD) {
                  secrets.put(name, MARKER);
                }
              });
    }
    secrets.put(
        "sasl.jaas.config",
        "org.apache.kafka.common.security.plain.PlainLoginModule required password=\""
            + MARKER
            + "\";");
    secrets.put("com.example.plugin.api-key", MARKER);
    KafkaTransport.Builder builder = KafkaTransport.builder().bootstrapServers("localhost:1");
    secrets.forEach(builder::property);
    try (KafkaTransport transport = builder.build()) {
      System.out.println("every secret: " + secrets.keySet());
      transport.settings().forEach(System.out::println);
      System.out.println(transport);
    }
  }

  private static void wrongConfiguration() {
    shown(
        "password in a URL",
        () ->
            KafkaTransport.builder()
                .bootstrapServers("localhost:1")
                .property(
                    "sasl.oauthbearer.token.endpoint.url",
                    "https://u:" + MARKER + "@issuer.example/t")
                .build());
    for (String jaas :
        List.of(
            MARKER,
            "Module required password=" + MARKER + " more;",
            "Module required password \"" + MARKER + "\";",
            "Module required password=\"x\" " + MARKER + ";",
            "Module " + MARKER + " password=\"x\";",
            "Module required password=\"" + MARKER + "\"")) {
      shown(
          "malformed login",
          () ->
              KafkaTransport.builder()
                  .bootstrapServers("localhost:1")
                  .property("sasl.jaas.config", jaas)
                  .property("ssl.truststore.password", MARKER)
                  .property("acks", "0")
                  .build());
    }
  }

  private UnaryOperator<KafkaTransport.Builder> sasl(String mechanism, String jaas) {
    return builder ->
        builder
            .property("security.protocol", "SASL_SSL")
            .property("sasl.mechanism", mechanism)
            .property("sasl.jaas.config", jaas);
  }

  private UnaryOperator<KafkaTransport.Builder> oauth(String url) {
    return builder ->
        sasl(
                "OAUTHBEARER",
                "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required;")
            .apply(builder)
            .property(
                "sasl.login.callback.handler.class",
                "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginCallbackHandler")
            .property("sasl.oauthbearer.token.endpoint.url", url)
            .property("sasl.oauthbearer.client.credentials.client.id", TokenIssuer.CLIENT)
            .property("sasl.oauthbearer.client.credentials.client.secret", MARKER);
  }

  private KafkaTransport.Builder nowhere(KafkaTransport.Builder builder) {
    return builder.bootstrapServers("localhost:1");
  }

  private KafkaTransport.Builder stores(KafkaTransport.Builder builder) {
    return builder
        .property("security.protocol", "SSL")
        .property("ssl.keystore.type", "PKCS12")
        .property("ssl.keystore.location", keyStore.toString());
  }

  private static String pem(String content) {
    return "-----BEGIN PRIVATE KEY-----\n" + content + "\n-----END PRIVATE KEY-----\n";
  }

  private void connect(String what, UnaryOperator<KafkaTransport.Builder> setUp) {
    shown(
        what,
        () -> {
          KafkaTransport.Builder builder =
              KafkaTransport.builder()
                  .bootstrapServers(broker)
                  .property("ssl.truststore.type", "PEM")
                  .property("ssl.truststore.certificates", trusted)
                  .property("default.api.timeout.ms", "4000")
                  .property("request.timeout.ms", "3000");
          Transport transport = setUp.apply(builder).build();
          shown(
              what + ", provisioning",
              () ->
                  System.out.println(
                      transport.topology().provision(List.of(Need.channel("topic")))));
          try (Messaging messaging =
              Messaging.builder(transport).publishTimeout(Duration.ofSeconds(4)).build()) {
            System.out.println(messaging.describe());
            messaging
                .send(new Message("topic", null, List.of(), new byte[1]))
                .get(60, TimeUnit.SECONDS);
          }
        });
  }

  /** Something that fails. */
  private interface Attempt {
    void make() throws Exception;
  }

  private static void shown(String what, Attempt attempt) {
    System.out.println("--- " + what);
    try {
      attempt.make();
    } catch (MessagingException | ExecutionException failure) {
      System.out.println("failed as it should:");
      failure.printStackTrace(System.out);
    } catch (Exception other) {
      throw new IllegalStateException(what, other);
    }
  }
}
