package io.stagepost.amqp.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.stagepost.PublishRejectedException;
import io.stagepost.Subscription.State;
import io.stagepost.amqp.AmqpTransport;
import io.stagepost.amqp.security.SecuredBroker.Brokers;
import io.stagepost.testkit.fixture.RabbitFixture.Version;
import io.stagepost.testkit.internal.Certificates;
import io.stagepost.testkit.internal.Certificates.Identity;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("the secured broker")
@ExtendWith(SecuredBroker.Given.class)
class TlsTest {
  @ParameterizedTest
  @EnumSource(names = {"V4_0", "V4_3"})
  void over_tls_it_publishes_and_consumes(Version version, Brokers brokers) {
    SecuredBroker broker = brokers.of(version);
    try (Service service = Service.of(broker.tls(), broker, "tls")) {
      service.works();
      assertThat(service.messaging.describe())
          .containsPattern("TLS +on")
          .containsPattern("host name verification +on +\\(default\\)")
          .containsPattern("trusted certificates +" + broker.trusted())
          .doesNotContain(SecuredBroker.PASSWORD);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"V4_0", "V4_3"})
  void by_a_client_certificate_it_publishes_and_consumes(
      Version version, Brokers brokers, @TempDir Path keys) {
    SecuredBroker broker = brokers.of(version);
    Identity identity = broker.authority.issue(SecuredBroker.SERVICE, tomorrow());
    Path store = identity.writePkcs12(keys.resolve("keys.p12"));
    AmqpTransport.Builder transport =
        broker.external().clientCertificate(store, Certificates.PASSWORD);
    try (Service service = Service.of(transport, broker, "external")) {
      service.works();
      assertThat(service.messaging.describe())
          .containsPattern("SASL mechanism +EXTERNAL")
          .containsPattern("client certificate +" + store)
          .doesNotContain(Certificates.PASSWORD);
      assertThat(broker.connections(SecuredBroker.SERVICE)).isNotEmpty();
    }
  }

  /** The fault: the certificate has expired. The remedy: another one in the same file. */
  @ParameterizedTest
  @EnumSource(names = {"V4_0", "V4_3"})
  void an_expired_certificate_blocks_until_another_one_lies_in_the_same_file(
      Version version, Brokers brokers, @TempDir Path keys) {
    SecuredBroker broker = brokers.of(version);
    Path file = keys.resolve("keys.pem");
    write(broker.authority, tomorrow(), file);
    try (Service service =
        Service.of(broker.external().clientCertificate(file), broker, "rotated")) {
      service.works();
      write(broker.authority, Instant.now().minus(Duration.ofHours(1)), file);
      service.works(); // what is connected stays connected
      assertThat(service.states()).isEmpty();

      broker.cut();
      assertThat(service.blocked()).startsWith("SP-AMQP-042").contains("still valid");
      // what is sent before its own connection is known to be gone is unknown
      await().atMost(Duration.ofSeconds(90)).untilAsserted(() -> assertRefused(service));

      write(broker.authority, tomorrow(), file);
      service.works();
      assertThat(service.states()).containsExactly(State.BLOCKED, State.RUNNING);
    }
  }

  @Test
  void a_distrusted_certificate_is_refused_at_once_and_a_service_that_began_so_recovers(
      Brokers brokers, @TempDir Path keys) {
    SecuredBroker broker = brokers.of(Version.V4_3);
    Path file = keys.resolve("keys.pem");
    write(new Certificates("stranger"), tomorrow(), file);
    try (Service service =
        Service.of(broker.external().clientCertificate(file), broker, "strange")) {
      assertRefused(service);
      assertThat(service.blocked()).startsWith("SP-AMQP-042");

      write(broker.authority, tomorrow(), file);
      service.works();
    }
  }

  @Test
  void a_half_written_file_leaves_the_former_one_in_force(Brokers brokers, @TempDir Path keys)
      throws Exception {
    SecuredBroker broker = brokers.of(Version.V4_3);
    Path file = keys.resolve("keys.pem");
    Identity identity = broker.authority.issue(SecuredBroker.SERVICE, tomorrow());
    identity.writePem(file);
    try (Service service = Service.of(broker.external().clientCertificate(file), broker, "half")) {
      service.works();
      Files.writeString(file, identity.pem().substring(0, 200));
      broker.cut();
      service.works();
      Files.delete(file);
      broker.cut();
      service.works();
      assertThat(service.states()).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"V4_0", "V4_3"})
  void a_broker_whose_certificate_is_not_good_is_not_spoken_to(
      Version version, Brokers brokers, @TempDir Path files) throws Exception {
    SecuredBroker broker = brokers.of(version);
    Path stranger = Files.writeString(files.resolve("ca.pem"), new Certificates("stranger").pem());
    for (AmqpTransport.Builder transport :
        List.of(
            broker.elsewhere(),
            broker.tls().trustedCertificates(stranger),
            AmqpTransport.builder().uris(broker.tlsUri()))) {
      try (Service service = Service.of(transport, broker, "bad-broker")) {
        assertRefused(service);
        assertThat(service.blocked()).startsWith("SP-AMQP-042").contains("names its host");
      }
    }
  }

  @Test
  void who_does_not_look_at_host_names_has_chosen_so_and_it_shows(Brokers brokers) {
    SecuredBroker broker = brokers.of(Version.V4_3);
    try (Service service =
        Service.of(broker.elsewhere().hostnameVerification(false), broker, "elsewhere")) {
      service.works();
      assertThat(service.messaging.describe())
          .containsPattern("host name verification +off +\\(code\\)");
    }
  }

  @Test
  void tls_may_be_the_programs_own(Brokers brokers) throws Exception {
    SecuredBroker broker = brokers.of(Version.V4_3);
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    try (InputStream pem = Files.newInputStream(broker.trusted())) {
      trusted.setCertificateEntry(
          "authority", CertificateFactory.getInstance("X.509").generateCertificate(pem));
    }
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    AmqpTransport.Builder transport =
        AmqpTransport.builder().uris(broker.tlsUri()).sslContext(context);
    try (Service service = Service.of(transport, broker, "own")) {
      service.works();
      assertThat(service.messaging.describe()).containsPattern("SSL context +the program's");
    }
  }

  private static void write(Certificates authority, Instant until, Path file) {
    authority.issue(SecuredBroker.SERVICE, until).writePem(file);
  }

  private static void assertRefused(Service service) {
    long began = System.nanoTime();
    assertThatThrownBy(service.publishing())
        .hasCauseInstanceOf(PublishRejectedException.class)
        .hasMessageContaining("SP-AMQP-042")
        .hasMessageContaining("certificate");
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(29));
  }

  private static Instant tomorrow() {
    return Instant.now().plus(Duration.ofDays(1));
  }
}
