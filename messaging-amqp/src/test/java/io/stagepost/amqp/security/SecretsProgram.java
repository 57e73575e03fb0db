package io.stagepost.amqp.security;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import io.stagepost.Messaging;
import io.stagepost.MessagingException;
import io.stagepost.amqp.AmqpTransport;
import io.stagepost.spi.Message;
import io.stagepost.spi.Need;
import io.stagepost.testkit.internal.TokenIssuer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * Logs in by every kind of secret, and goes wrong in every way that has to do with one, and prints
 * all that a program can see of it. In a process of its own, so that everything which is logged can
 * be read.
 */
final class SecretsProgram {
  static final String MARKER = "h1dden.Marker";

  private static final String TOKEN = "right client secret";
  static final Duration LIFE_OF_TOKENS = Duration.ofSeconds(10);

  private SecretsProgram() {}

  /**
   * Runs it.
   *
   * @param args an address without TLS; one with; trusted certificates; a user whose password is
   *     the marker; a token endpoint; a key store whose password is another
   */
  public static void main(String[] args) throws Exception {
    String plain = "amqp://" + args[0];
    String tls = "amqps://" + args[1];
    Path trusted = Path.of(args[2]);
    String user = args[3];
    String tokenUrl = args[4];
    Path keyStore = Path.of(args[5]);

    connect("right password", builder(SecuredBroker.uri(user, MARKER, args[0])));
    connect(
        "right password over TLS",
        builder(tls.replace("//", "//" + user + ":" + MARKER + "@")).trustedCertificates(trusted));
    connect(TOKEN, builder(plain).oauth2(tokenUrl, TokenIssuer.CLIENT, TokenIssuer.SECRET));
    connect("wrong password", builder(SecuredBroker.uri("nobody", MARKER, args[0])));
    connect("nobody there", builder(SecuredBroker.uri(user, MARKER, "localhost:1")));
    connect(
        "wrong client secret",
        builder(plain)
            .oauth2(tokenUrl, TokenIssuer.CLIENT, MARKER, Map.of("client_assertion", MARKER)));
    connect(
        "wrong store password",
        builder(tls).trustedCertificates(trusted).clientCertificate(keyStore, MARKER));
    connect(
        "a URI with a space", builder("amqp://" + user + ":" + MARKER + "@local host/" + MARKER));
    connect(
        "a token endpoint with a password",
        builder(plain).oauth2("https://u:" + MARKER + "@issuer.example/t", "c", MARKER));
    connect(
        "too much",
        builder(SecuredBroker.uri(user, MARKER, args[0])).oauth2(tokenUrl, "c", MARKER));
    System.exit(0); // what could not log in may still be trying
  }

  private static AmqpTransport.Builder builder(String uri) {
    return AmqpTransport.builder().uris(uri);
  }

  private static void connect(String what, AmqpTransport.Builder builder) throws Exception {
    System.out.println("--- " + what);
    try {
      AmqpTransport transport = builder.build();
      System.out.println(transport);
      String channel = SecuredBroker.unique("secrets");
      System.out.println(
          transport.topology().provision(List.of(Need.channel(channel).consumedBy("reader"))));
      try (Messaging messaging =
          Messaging.builder(transport)
              .publishTimeout(Duration.ofSeconds(what.startsWith("right") ? 60 : 6))
              .build()) {
        System.out.println(messaging.describe());
        Message message = new Message(channel, null, List.of(), "body".getBytes(UTF_8));
        System.out.println(messaging.send(message).get(90, TimeUnit.SECONDS));
        if (what.equals(TOKEN)) { // while it is renewed
          await()
              .pollInterval(Duration.ofMillis(500))
              .during(LIFE_OF_TOKENS)
              .atMost(LIFE_OF_TOKENS.multipliedBy(9))
              .until(() -> messaging.send(message).get(90, TimeUnit.SECONDS) != null);
        }
        System.out.println("succeeded: " + what);
      }
    } catch (MessagingException | ExecutionException failure) {
      System.out.println("failed as it should:");
      failure.printStackTrace(System.out);
    }
  }
}
