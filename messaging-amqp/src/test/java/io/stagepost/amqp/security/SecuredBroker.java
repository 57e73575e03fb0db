package io.stagepost.amqp.security;

import static java.util.Objects.requireNonNull;

import io.stagepost.amqp.AmqpTransport;
import io.stagepost.spi.Need;
import io.stagepost.spi.TopologyReport;
import io.stagepost.testkit.fixture.RabbitFixture;
import io.stagepost.testkit.fixture.RabbitFixture.Version;
import io.stagepost.testkit.fixture.TcpProxy;
import io.stagepost.testkit.fixture.internal.HostPorts;
import io.stagepost.testkit.internal.Certificates;
import io.stagepost.testkit.internal.TokenIssuer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * A broker that wants to know who comes, and what they may: one of each version for this package.
 */
final class SecuredBroker implements AutoCloseable {
  /** May do everything, with a password. */
  static final String ALICE = "alice";

  static final String PASSWORD = "alice-secret";

  /** The user whom the client certificates of the tests name. */
  static final String SERVICE = "notes-service";

  final Certificates authority = new Certificates("authority");
  final TokenIssuer issuer = new TokenIssuer();
  private final Path directory;
  private final Path trusted;
  private final int tlsPort;

  /** Where the broker listens under an address that its certificate does not name. */
  private final int elsewherePort;

  /** What connections by client certificates go through. */
  private final TcpProxy wire = TcpProxy.open();

  private final RabbitFixture broker;

  /** Both versions; they end with the run. */
  static final class Given implements ParameterResolver {
    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext test) {
      return parameter.getParameter().getType() == Brokers.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext test) {
      ExtensionContext.Store store = test.getRoot().getStore(ExtensionContext.Namespace.GLOBAL);
      return (Brokers)
          version ->
              store.computeIfAbsent(
                  SecuredBroker.class + "/" + version, key -> start(version), SecuredBroker.class);
    }
  }

  /** Started when a test asks for it first. */
  interface Brokers {
    SecuredBroker of(Version version);
  }

  private static SecuredBroker start(Version version) {
    try {
      return new SecuredBroker(version);
    } catch (IOException failure) {
      throw new IllegalStateException(failure);
    }
  }

  private SecuredBroker(Version version) throws IOException {
    directory = Files.createTempDirectory("stagepost-secured");
    List<Integer> ports = HostPorts.free(2);
    tlsPort = ports.get(0);
    elsewherePort = ports.get(1);
    trusted = Files.writeString(directory.resolve("trusted.pem"), authority.pem());
    String[] pem =
        authority
            .issue("broker", Instant.now().plus(Duration.ofDays(1)))
            .pem()
            .split("(?=-----BEGIN CERTIFICATE)", 2);
    Map<String, String> settings = new HashMap<>();
    settings.put("listeners.ssl.1", "127.0.0.1:" + tlsPort);
    settings.put("listeners.ssl.2", "127.0.0.2:" + elsewherePort);
    settings.put("ssl_options.cacertfile", trusted.toString());
    settings.put("ssl_options.keyfile", file("broker.key", pem[0]));
    settings.put("ssl_options.certfile", file("broker.pem", pem[1]));
    settings.put("ssl_options.verify", "verify_peer");
    settings.put("ssl_options.fail_if_no_peer_cert", "false");
    settings.put("ssl_cert_login_from", "common_name");
    settings.put("auth_mechanisms.1", "PLAIN");
    settings.put("auth_mechanisms.2", "EXTERNAL");
    settings.put("auth_mechanisms.3", "AMQPLAIN");
    settings.put("auth_backends.1", "internal");
    settings.put("auth_backends.2", "rabbit_auth_backend_oauth2");
    settings.put("auth_oauth2.resource_server_id", TokenIssuer.AUDIENCE);
    settings.put("auth_oauth2.signing_keys.1", file("issuer.pem", issuer.publicKeyPem()));
    settings.put("auth_oauth2.default_key", "1");
    settings.put("auth_oauth2.algorithms.1", "RS256");
    broker =
        RabbitFixture.start(
            directory.resolve("data"),
            version,
            settings,
            "rabbitmq_auth_mechanism_ssl",
            "rabbitmq_auth_backend_oauth2");
    wire.leadTo("127.0.0.1:" + tlsPort);
    user(ALICE, PASSWORD);
    grant(ALICE, ".*", ".*", ".*");
    user(SERVICE, "none that anybody knows");
    grant(SERVICE, ".*", ".*", ".*");
  }

  private String file(String name, String content) throws IOException {
    return Files.writeString(directory.resolve(name), content).toString();
  }

  // ---- for clients

  Path trusted() {
    return trusted;
  }

  /** Without TLS. */
  AmqpTransport.Builder plain(String user, String password) {
    return AmqpTransport.builder().uris(uri(user, password, address()));
  }

  static String uri(String user, String password, String address) {
    return "amqp://" + user + ":" + password + "@" + address;
  }

  /** Where it listens without TLS. */
  String address() {
    return broker.host() + ":" + broker.port();
  }

  String tlsUri() {
    return "amqps://" + ALICE + ":" + PASSWORD + "@localhost:" + tlsPort;
  }

  /** Over TLS, by a password, trusting the broker. */
  AmqpTransport.Builder tls() {
    return AmqpTransport.builder().uris(tlsUri()).trustedCertificates(trusted);
  }

  /** As {@link #tls()}, where the broker's certificate names another host. */
  AmqpTransport.Builder elsewhere() {
    return tls().uris("amqps://" + ALICE + ":" + PASSWORD + "@127.0.0.2:" + elsewherePort);
  }

  /** Over TLS, by a certificate; through a wire that can be {@linkplain #cut() cut}. */
  AmqpTransport.Builder external() {
    return AmqpTransport.builder()
        .uris("amqps://" + wire.address())
        .trustedCertificates(trusted)
        .saslExternal();
  }

  void cut() {
    wire.cut();
  }

  AmqpTransport.Builder oauth() {
    return AmqpTransport.builder()
        .uris("amqp://" + address())
        .oauth2(issuer.tokenUrl(), TokenIssuer.CLIENT, TokenIssuer.SECRET);
  }

  // ---- as an administrator

  static String unique(String name) {
    return name + "-" + UUID.randomUUID().toString().substring(0, 8);
  }

  /** A channel with a subscription that others may use. */
  void declare(String channel, String subscription) {
    try (AmqpTransport transport = plain(ALICE, PASSWORD).build()) {
      TopologyReport report =
          transport.topology().provision(List.of(Need.channel(channel).consumedBy(subscription)));
      if (!report.problems().isEmpty()) {
        throw new IllegalStateException(report.toString());
      }
    }
  }

  void user(String name, String password) {
    requireNonNull(broker.ctl("add_user", name, password));
  }

  void changePassword(String name, String password) {
    requireNonNull(broker.ctl("change_password", name, password));
  }

  /** Instead of what was granted before, in the virtual host {@code /}. */
  void grant(String user, String configure, String write, String read) {
    requireNonNull(broker.ctl("set_permissions", user, configure, write, read));
  }

  void virtualHost(String name) {
    requireNonNull(broker.ctl("add_vhost", name));
    requireNonNull(broker.ctl("set_permissions", "-p", name, ALICE, ".*", ".*", ".*"));
  }

  /** The broker's names of the connections of a user. */
  List<String> connections(String user) {
    return broker
        .ctl("list_connections", "pid", "user")
        .lines()
        .filter(line -> line.endsWith("\t" + user))
        .sorted()
        .toList();
  }

  @Override
  public void close() throws IOException {
    broker.close();
    wire.close();
    issuer.close();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
