package io.stagepost.kafka.security;

import static java.util.Objects.requireNonNull;

import io.stagepost.kafka.KafkaTransport;
import io.stagepost.testkit.fixture.KafkaFixture;
import io.stagepost.testkit.fixture.internal.HostPorts;
import io.stagepost.testkit.internal.Certificates;
import io.stagepost.testkit.internal.Certificates.Identity;
import io.stagepost.testkit.internal.TokenIssuer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** A broker that wants to know who comes, and what they may: one for the tests of this package. */
final class SecuredBroker implements AutoCloseable {
  /** Where it listens, apart from the fixture's own listener, whose users may do everything. */
  enum Listener {
    /** Its certificate is good, and it asks for none. */
    TLS,
    /** It asks for a certificate; reached through a {@link Wire}. */
    MTLS,
    /** It asks for a password or a token, over TLS. */
    SASL,
    /** Its certificate has expired. */
    LAPSED,
    /** Its certificate names another host. */
    ELSEWHERE
  }

  /** Locked by tests that cut connections: others look on while they stay. */
  static final String WIRE = "wire";

  /** Locked by tests that want tokens of one kind, or none. */
  static final String ISSUER = "issuer";

  /** May do everything, with a password. */
  static final String ALICE = "alice";

  static final String PASSWORD = "alice-secret";

  private static final String PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule";
  private static final String SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule";
  private static final String OAUTH =
      "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule";

  final Certificates authority = new Certificates("authority");
  final TokenIssuer issuer = new TokenIssuer();
  private final Path directory;
  private final Map<Listener, String> addresses = new EnumMap<>(Listener.class);
  private final Wire wire;
  private final KafkaFixture broker;
  private final Admin admin;

  /** Hands it to a test as a parameter; it ends with the run. */
  static final class Given implements ParameterResolver {
    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext test) {
      return parameter.getParameter().getType() == SecuredBroker.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext test) {
      return test.getRoot()
          .getStore(ExtensionContext.Namespace.GLOBAL)
          .computeIfAbsent(SecuredBroker.class, type -> start(), SecuredBroker.class);
    }
  }

  private static SecuredBroker start() {
    try {
      return new SecuredBroker();
    } catch (IOException failure) {
      throw new IllegalStateException(failure);
    }
  }

  private SecuredBroker() throws IOException {
    directory = Files.createTempDirectory("stagepost-secured");
    Map<Listener, Integer> ports = new EnumMap<>(Listener.class);
    Iterator<Integer> free = HostPorts.free(Listener.values().length).iterator();
    for (Listener listener : Listener.values()) {
      ports.put(listener, free.next());
    }
    wire = new Wire(requireNonNull(ports.get(Listener.MTLS)));
    ports.forEach((listener, port) -> addresses.put(listener, "127.0.0.1:" + port));
    String listeners = uris();
    addresses.put(Listener.MTLS, "127.0.0.1:" + wire.port());
    Map<String, String> settings = new HashMap<>();
    settings.put("listeners", listeners);
    settings.put("advertised.listeners", uris());
    settings.put(
        "listener.security.protocol.map",
        Arrays.stream(Listener.values())
            .map(each -> each + ":" + (each == Listener.SASL ? "SASL_SSL" : "SSL"))
            .collect(Collectors.joining(",")));
    settings.put("listener.name.mtls.ssl.client.auth", "required");
    settings.put("ssl.truststore.type", "PEM");
    settings.put("ssl.truststore.certificates", authority.pem());
    Instant tomorrow = Instant.now().plus(Duration.ofDays(1));
    keyStore(settings, "", authority.issue("broker", tomorrow));
    keyStore(
        settings,
        "listener.name.lapsed.",
        authority.issue("lapsed", Instant.now().minus(Duration.ofHours(1))));
    keyStore(
        settings,
        "listener.name.elsewhere.",
        authority.issue("elsewhere", tomorrow, "elsewhere.example"));
    sasl(settings);
    settings.put(
        "authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer");
    settings.put(
        "super.users",
        "User:ANONYMOUS;User:CN=notes-service;User:%s;User:%s"
            .formatted(ALICE, TokenIssuer.CLIENT));
    settings.put("group.consumer.session.timeout.ms", "4000");
    settings.put("group.consumer.heartbeat.interval.ms", "300");
    broker = KafkaFixture.start(directory, settings);
    admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()));
  }

  private String uris() {
    return addresses.entrySet().stream()
        .map(each -> each.getKey() + "://" + each.getValue())
        .collect(Collectors.joining(","));
  }

  private static void keyStore(Map<String, String> settings, String prefix, Identity identity) {
    String[] pem = identity.pem().split("(?=-----BEGIN CERTIFICATE)", 2);
    settings.put(prefix + "ssl.keystore.type", "PEM");
    settings.put(prefix + "ssl.keystore.key", pem[0]);
    settings.put(prefix + "ssl.keystore.certificate.chain", pem[1]);
  }

  private void sasl(Map<String, String> settings) {
    String sasl = "listener.name.sasl.";
    settings.put(sasl + "sasl.enabled.mechanisms", "PLAIN,SCRAM-SHA-512,OAUTHBEARER");
    settings.put(
        sasl + "plain.sasl.jaas.config",
        "%s required user_%s=\"%s\";".formatted(PLAIN, ALICE, PASSWORD));
    settings.put(sasl + "scram-sha-512.sasl.jaas.config", SCRAM + " required;");
    settings.put(sasl + "oauthbearer.sasl.jaas.config", OAUTH + " required;");
    settings.put(
        sasl + "oauthbearer.sasl.server.callback.handler.class",
        "org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallbackHandler");
    settings.put("sasl.oauthbearer.jwks.endpoint.url", issuer.jwksUrl());
    settings.put("sasl.oauthbearer.expected.issuer", TokenIssuer.ISSUER);
    settings.put("sasl.oauthbearer.expected.audience", TokenIssuer.AUDIENCE);
    settings.put("sasl.oauthbearer.clock.skew.seconds", "0");
  }

  // ---- for clients -----------------------------------------------------------------------------

  String address(Listener listener) {
    return requireNonNull(addresses.get(listener));
  }

  /** Cuts every connection to {@link Listener#MTLS}. */
  void cut() {
    wire.cut();
  }

  /** Over TLS, trusting the broker. */
  KafkaTransport.Builder over(Listener listener) {
    return trusting(listener, authority);
  }

  KafkaTransport.Builder trusting(Listener listener, Certificates issuer) {
    return KafkaTransport.builder()
        .bootstrapServers(address(listener))
        .property("security.protocol", listener == Listener.SASL ? "SASL_SSL" : "SSL")
        .property("ssl.truststore.type", "PEM")
        .property("ssl.truststore.certificates", issuer.pem());
  }

  KafkaTransport.Builder plain(String user, String password) {
    return over(Listener.SASL)
        .property("sasl.mechanism", "PLAIN")
        .property("sasl.jaas.config", jaas(PLAIN, user, password));
  }

  KafkaTransport.Builder scram(String user, String password) {
    return over(Listener.SASL)
        .property("sasl.mechanism", "SCRAM-SHA-512")
        .property("sasl.jaas.config", jaas(SCRAM, user, password));
  }

  private static String jaas(String module, String user, String password) {
    return "%s required username=\"%s\" password=\"%s\";".formatted(module, user, password);
  }

  KafkaTransport.Builder oauth() {
    System.setProperty(
        "org.apache.kafka.sasl.oauthbearer.allowed.urls", issuer.tokenUrl()); // Kafka wants it so
    return over(Listener.SASL)
        .property("sasl.mechanism", "OAUTHBEARER")
        .property(
            "sasl.login.callback.handler.class",
            "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginCallbackHandler")
        .property("sasl.login.retry.backoff.max.ms", "1000")
        .property("sasl.login.refresh.window.factor", "0.5")
        .property("sasl.oauthbearer.token.endpoint.url", issuer.tokenUrl())
        .property("sasl.oauthbearer.client.credentials.client.id", TokenIssuer.CLIENT)
        .property("sasl.oauthbearer.client.credentials.client.secret", TokenIssuer.SECRET)
        .property("sasl.jaas.config", OAUTH + " required;");
  }

  // ---- as an administrator ---------------------------------------------------------------------

  static String unique(String name) {
    return name + "-" + UUID.randomUUID().toString().substring(0, 8);
  }

  String topic(String name) {
    String topic = unique(name);
    get(admin.createTopics(List.of(new NewTopic(topic, Optional.of(1), Optional.empty()))).all());
    return topic;
  }

  /** A user with a SCRAM password, or a new password for one. */
  void user(String name, String password) {
    get(
        admin
            .alterUserScramCredentials(
                List.of(
                    new UserScramCredentialUpsertion(
                        name,
                        new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096),
                        password)))
            .all());
  }

  void grant(String user, ResourceType type, String name, AclOperation operation) {
    get(admin.createAcls(List.of(acl(user, type, name, operation))).all());
  }

  void revoke(String user, ResourceType type, String name, AclOperation operation) {
    get(admin.deleteAcls(List.of(acl(user, type, name, operation).toFilter())).all());
  }

  private static AclBinding acl(
      String user, ResourceType type, String name, AclOperation operation) {
    return new AclBinding(
        new ResourcePattern(type, name, PatternType.LITERAL),
        new AccessControlEntry("User:" + user, "*", operation, AclPermissionType.ALLOW));
  }

  private static <T> T get(KafkaFuture<T> future) {
    try {
      return future.get(30, TimeUnit.SECONDS);
    } catch (Exception failure) {
      throw new AssertionError(failure);
    }
  }

  @Override
  public void close() throws IOException {
    admin.close();
    broker.close();
    wire.close();
    issuer.close();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  @Override
  public String toString() {
    return addresses.toString().toLowerCase(Locale.ROOT);
  }
}
