package io.stagepost.kafka.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.stagepost.PublishRejectedException;
import io.stagepost.Subscription.State;
import io.stagepost.kafka.KafkaTransport;
import io.stagepost.kafka.security.SecuredBroker.Listener;
import io.stagepost.testkit.internal.Certificates;
import io.stagepost.testkit.internal.Certificates.Identity;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

@Timeout(600)
@Execution(ExecutionMode.CONCURRENT)
@ExtendWith(SecuredBroker.Given.class)
class TlsTest {
  @Test
  void over_tls_it_publishes_and_consumes(SecuredBroker broker) {
    try (Service service = new Service(broker.over(Listener.TLS), broker.topic("tls"))) {
      service.works();
      assertThat(service.messaging.describe())
          .containsPattern("security.protocol +SSL")
          .containsPattern("ssl.endpoint.identification.algorithm +https +\\(default\\)")
          .contains("ReloadingSslEngineFactory")
          .doesNotContain("BEGIN CERTIFICATE");
    }
  }

  @Test
  void with_a_certificate_of_its_own_it_publishes_and_consumes(
      SecuredBroker broker, @TempDir Path keys) {
    Identity identity = broker.authority.issue("notes-service", tomorrow());
    KafkaTransport.Builder transport =
        broker
            .over(Listener.MTLS)
            .property("ssl.keystore.type", "PKCS12")
            .property(
                "ssl.keystore.location", identity.writePkcs12(keys.resolve("keys.p12")).toString())
            .property("ssl.keystore.password", Certificates.PASSWORD);
    try (Service service = new Service(transport, broker.topic("mutual"))) {
      service.works();
      assertThat(service.messaging.describe()).doesNotContain(Certificates.PASSWORD);
    }
  }

  /** The fault: the certificate has expired. The remedy: another one in the same file. */
  @Test
  @ResourceLock(SecuredBroker.WIRE)
  void an_expired_certificate_blocks_until_another_one_lies_in_the_same_file(
      SecuredBroker broker, @TempDir Path keys) {
    Path file = keys.resolve("keys.pem");
    broker.authority.issue("notes-service", tomorrow()).writePem(file);
    try (Service service = new Service(withKeysIn(file, broker), broker.topic("rotated"))) {
      service.works();
      broker
          .authority
          .issue("notes-service", Instant.now().minus(Duration.ofHours(1)))
          .writePem(file);
      service.works(); // what is connected stays connected
      assertThat(service.states()).isEmpty();

      broker.cut();
      assertThat(service.blocked()).startsWith("SP-KAFKA-042").contains("still valid");
      // what the producer has already taken when it cannot connect is unknown
      await().atMost(Duration.ofMinutes(1)).untilAsserted(() -> assertRefused(service));

      broker.authority.issue("notes-service", tomorrow()).writePem(file);
      service.works();
      assertThat(service.states()).containsExactly(State.BLOCKED, State.RUNNING);
    }
  }

  @Test
  void a_distrusted_certificate_is_refused_at_once_and_a_service_that_began_so_recovers(
      SecuredBroker broker, @TempDir Path keys) {
    recoversFrom(new Certificates("stranger").issue("notes-service", tomorrow()), broker, keys);
  }

  @Test
  void an_expired_certificate_is_refused_at_once_and_a_service_that_began_so_recovers(
      SecuredBroker broker, @TempDir Path keys) {
    Instant before = Instant.now().minus(Duration.ofSeconds(1));
    recoversFrom(broker.authority.issue("notes-service", before), broker, keys);
  }

  private static void recoversFrom(Identity unusable, SecuredBroker broker, Path keys) {
    Path file = keys.resolve("keys.pem");
    unusable.writePem(file);
    try (Service service = new Service(withKeysIn(file, broker), broker.topic("strange"))) {
      assertRefused(service);
      assertThat(service.blocked()).startsWith("SP-KAFKA-042");

      broker.authority.issue("notes-service", tomorrow()).writePem(file);
      service.works();
    }
  }

  @Test
  @ResourceLock(SecuredBroker.WIRE)
  void a_half_written_key_store_leaves_the_former_one_in_force(
      SecuredBroker broker, @TempDir Path keys) throws Exception {
    Path file = keys.resolve("keys.pem");
    Identity identity = broker.authority.issue("notes-service", tomorrow());
    identity.writePem(file);
    try (Service service = new Service(withKeysIn(file, broker), broker.topic("half"))) {
      service.works();
      Files.writeString(file, identity.pem().substring(0, 300));
      broker.cut();
      service.works();
    }
  }

  @Test
  void a_broker_whose_certificate_is_not_good_is_not_spoken_to(SecuredBroker broker) {
    String topic = broker.topic("bad-broker");
    for (KafkaTransport.Builder transport :
        List.of(
            broker.over(Listener.LAPSED),
            broker.over(Listener.ELSEWHERE),
            broker.trusting(Listener.TLS, new Certificates("stranger")))) {
      try (Service service = new Service(transport, topic)) {
        assertRefused(service);
        assertThat(service.blocked()).startsWith("SP-KAFKA-042");
      }
    }
  }

  @Test
  void who_does_not_look_at_host_names_has_chosen_so_and_it_shows(SecuredBroker broker) {
    KafkaTransport.Builder transport =
        broker.over(Listener.ELSEWHERE).property("ssl.endpoint.identification.algorithm", "");
    try (Service service = new Service(transport, broker.topic("elsewhere"))) {
      service.works();
      assertThat(service.messaging.describe())
          .containsPattern("ssl.endpoint.identification.algorithm +off +\\(code\\)");
    }
  }

  private static KafkaTransport.Builder withKeysIn(Path file, SecuredBroker broker) {
    return broker
        .over(Listener.MTLS)
        .property("ssl.keystore.type", "PEM")
        .property("ssl.keystore.location", file.toString());
  }

  private static void assertRefused(Service service) {
    long began = System.nanoTime();
    assertThatThrownBy(service.publishing())
        .hasCauseInstanceOf(PublishRejectedException.class)
        .hasMessageContaining("SP-KAFKA-042")
        .hasMessageContaining("certificate");
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(19));
  }

  private static Instant tomorrow() {
    return Instant.now().plus(Duration.ofDays(1));
  }
}
