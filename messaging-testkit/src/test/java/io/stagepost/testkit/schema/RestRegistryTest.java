package io.stagepost.testkit.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.stagepost.ConfigurationException;
import io.stagepost.MessagingException;
import io.stagepost.schema.RegisteredSchema;
import io.stagepost.schema.Schema;
import io.stagepost.schema.Schema.Format;
import io.stagepost.schema.SchemaNotFoundException;
import io.stagepost.schema.SchemaRefusedException;
import io.stagepost.schema.registry.RestRegistry;
import io.stagepost.testkit.fixture.SchemaRegistryFixture;
import io.stagepost.testkit.fixture.TcpProxy;
import io.stagepost.testkit.internal.Certificates;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;

/** The client with a real registry, which goes and comes back. */
@Timeout(180)
@ResourceLock("threads of REST registries")
class RestRegistryTest {
  private static final SchemaRegistryFixture REAL = SchemaRegistryFixture.shared();
  private final Instant tomorrow = Instant.now().plus(Duration.ofDays(1));

  private static Schema order(String... fields) {
    StringBuilder text =
        new StringBuilder(
            "{\"type\":\"record\",\"name\":\"Order\",\"namespace\":\"shop\",\"fields\":[");
    for (String field : fields) {
      text.append(text.toString().endsWith("[") ? "" : ",")
          .append("{\"name\":\"" + field + "\",\"type\":\"string\"}");
    }
    return Schema.of(Format.AVRO, text + "]}");
  }

  private static String subject() {
    return "orders-" + UUID.randomUUID();
  }

  private static RestRegistry.Builder patient(String url) {
    return RestRegistry.builder()
        .urls(url)
        .timeout(Duration.ofSeconds(60))
        .requestTimeout(Duration.ofSeconds(30));
  }

  /** The real one's address, by way of a proxy. */
  private static String by(TcpProxy proxy) {
    return "http://" + proxy.address() + URI.create(REAL.url()).getPath();
  }

  private static void leadToReal(TcpProxy proxy) {
    proxy.leadTo(URI.create(REAL.url()).getAuthority());
  }

  @Test
  void a_registry_that_is_down_at_start_is_waited_for_and_found_when_it_is_back() {
    try (TcpProxy proxy = TcpProxy.open();
        RestRegistry impatient = patient(by(proxy)).timeout(Duration.ofSeconds(1)).build();
        RestRegistry patient = patient(by(proxy)).build()) {
      String subject = subject();
      MessagingException down =
          catchThrowableOfType(
              MessagingException.class, () -> impatient.register(subject, order("id"), false));
      assertThat(down).hasMessageContainingAll("SP-SCHEMA-305", by(proxy));
      assertThat(down)
          .isNotInstanceOf(SchemaNotFoundException.class)
          .isNotInstanceOf(SchemaRefusedException.class);

      leadToReal(proxy);
      assertThat(impatient.register(subject, order("id"), false).version()).isEqualTo(1);
      assertThat(patient.latest(subject).version()).isEqualTo(1);
    }
  }

  @Test
  void what_is_known_needs_no_registry_and_what_is_not_waits_for_it() {
    try (TcpProxy proxy = TcpProxy.open();
        RestRegistry registry = patient(by(proxy)).timeout(Duration.ofSeconds(2)).build()) {
      leadToReal(proxy);
      String subject = subject();
      RegisteredSchema known = registry.register(subject, order("id"), false);
      assertThat(registry.byId(known.id())).isEqualTo(order("id"));

      proxy.leadNowhere();
      int unused = proxy.cut();
      assertThat(registry.byId(known.id())).isEqualTo(order("id"));
      assertThat(registry.register(subject, order("id"), false)).isEqualTo(known);
      assertThatExceptionOfType(MessagingException.class)
          .isThrownBy(() -> registry.latest(subject))
          .withMessageContaining("SP-SCHEMA-305");

      leadToReal(proxy);
      assertThat(registry.latest(subject)).isEqualTo(known);
    }
  }

  @Test
  void a_connection_cut_in_the_middle_of_an_answer_is_asked_again() throws Exception {
    try (TcpProxy proxy = TcpProxy.open();
        RestRegistry registry = patient(by(proxy)).build()) {
      leadToReal(proxy);
      var cut = proxy.cutAfter(TcpProxy.Way.TO_CLIENT, 60);
      assertThat(registry.register(subject(), order("id"), false).version()).isEqualTo(1);
      cut.get(30, TimeUnit.SECONDS);
    }
  }

  @Test
  void an_incompatible_version_is_refused_with_the_registrys_reasons() throws Exception {
    try (RestRegistry registry = patient(REAL.url()).build()) {
      String subject = subject();
      registry.register(subject, order("id"), false);
      var rule =
          HttpRequest.newBuilder(URI.create(REAL.url() + "/config/" + subject))
              .header("Content-Type", "application/json")
              .PUT(BodyPublishers.ofString("{\"compatibility\":\"BACKWARD\"}"))
              .build();
      assertThat(HttpClient.newHttpClient().send(rule, BodyHandlers.discarding()).statusCode())
          .isEqualTo(200);

      assertThatExceptionOfType(SchemaRefusedException.class)
          .isThrownBy(() -> registry.register(subject, order("id", "total"), false))
          .withMessageContainingAll("SP-SCHEMA-309", subject, "Incompatible", "/fields/1");
      assertThat(registry.versions(subject)).containsExactly(1);
    }
  }

  @Test
  void tls_is_spoken_with_the_callers_trust_and_names_are_verified(@TempDir Path directory)
      throws Exception {
    Certificates authority = new Certificates("authority");
    Path store = directory.resolve("server.p12");
    SSLContext tls = context(authority.issue("server", tomorrow).writePkcs12(store));
    SSLContext others = context(authority.issue("server", tomorrow, "other").writePkcs12(store));
    try (AnsweringServer server = new AnsweringServer(request -> AnsweringServer.SCHEMA, tls);
        AnsweringServer other = new AnsweringServer(request -> AnsweringServer.SCHEMA, others);
        RestRegistry trusting = patient(server.url()).tls(tls).build();
        RestRegistry distrusting = patient(server.url()).timeout(Duration.ofSeconds(1)).build();
        RestRegistry misled =
            patient(other.url()).timeout(Duration.ofSeconds(1)).tls(tls).build()) {
      assertThat(trusting.byId(1).text()).isEqualTo("\"string\"");
      for (RestRegistry refusing : List.of(distrusting, misled)) {
        assertThatExceptionOfType(MessagingException.class)
            .isThrownBy(() -> refusing.byId(1))
            .withMessageContainingAll("SP-SCHEMA-305", "SSLHandshakeException");
      }
      assertThat(List.of(server.count(), other.count())).containsExactly(1, 0);
    }
  }

  /** With the key in a store, and trust in who issued it. */
  private static SSLContext context(Path file) throws Exception {
    char[] password = Certificates.PASSWORD.toCharArray();
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      store.load(in, password);
    }
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, password);
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("authority", store.getCertificateChain("key")[1]);
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    return tls;
  }

  @Test
  void settings_that_cannot_be_are_told_all_at_once_without_secrets() {
    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(
            () ->
                RestRegistry.builder()
                    .urls("https://me:s3cret@registry", "ftp://registry", "registry:8081")
                    .urls("http://registry:8081", "https://registry/?key=1")
                    .basicAuth("me", "s3cret")
                    .bearerToken(() -> "s3cret")
                    .context("a:b")
                    .timeout(Duration.ZERO)
                    .cacheSize(0)
                    .build())
        .withMessageNotContaining("s3cret")
        .satisfies(
            failure ->
                assertThat(failure.problems().stream().map(each -> each.substring(0, 13)))
                    .containsExactly(
                        "SP-SCHEMA-302",
                        "SP-SCHEMA-302",
                        "SP-SCHEMA-302",
                        "SP-SCHEMA-303",
                        "SP-SCHEMA-302",
                        "SP-SCHEMA-304",
                        "SP-SCHEMA-304",
                        "SP-SCHEMA-304",
                        "SP-SCHEMA-304"));
    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(() -> RestRegistry.builder().build())
        .withMessageContaining("SP-SCHEMA-301");
    try (RestRegistry chosen =
        RestRegistry.builder().urls("http://registry:8081/").allowPlaintext().build()) {
      assertThat(chosen).hasToString("schema registry at http://registry:8081");
    }
  }
}
