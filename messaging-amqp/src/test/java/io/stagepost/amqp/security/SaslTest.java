package io.stagepost.amqp.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.stagepost.PublishRejectedException;
import io.stagepost.Subscription.State;
import io.stagepost.Topology;
import io.stagepost.amqp.AmqpTransport;
import io.stagepost.amqp.security.SecuredBroker.Brokers;
import io.stagepost.spi.Message;
import io.stagepost.spi.Need;
import io.stagepost.testkit.fixture.RabbitFixture.Version;
import io.stagepost.testkit.internal.TokenIssuer;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("the secured broker")
@ExtendWith(SecuredBroker.Given.class)
class SaslTest {
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  @Test
  void a_wrong_password_is_refused_and_once_it_is_right_the_same_service_recovers(Brokers brokers) {
    SecuredBroker broker = brokers.of(Version.V4_3);
    String carol = SecuredBroker.unique("carol");
    broker.user(carol, "another");
    broker.grant(carol, ".*", ".*", ".*");
    try (Service service = Service.of(broker.plain(carol, "carols-secret"), broker, "password")) {
      assertRefused(service, "SP-AMQP-042", "password");
      assertThat(service.blocked()).startsWith("SP-AMQP-042").contains("password");

      broker.changePassword(carol, "carols-secret");
      service.works();
      assertThat(service.states()).containsExactly(State.BLOCKED, State.RUNNING);
      assertThat(service.messaging.describe()).contains(carol).doesNotContain("carols-secret");
    }
  }

  @Test
  void tokens_are_renewed_on_open_connections(Brokers brokers) {
    SecuredBroker broker = brokers.of(Version.V4_3);
    TokenIssuer issuer = broker.issuer;
    issuer.lifetime(Duration.ofSeconds(6));
    try (Service service = Service.of(broker.oauth(), broker, "renewed")) {
      service.works();
      List<String> connections = broker.connections(TokenIssuer.CLIENT);
      assertThat(connections).hasSizeGreaterThanOrEqualTo(2);
      int before = issuer.issued();
      await().atMost(PATIENCE).until(() -> issuer.issued() >= before + 3 * connections.size());
      service.works();
      assertThat(broker.connections(TokenIssuer.CLIENT)).isEqualTo(connections);
      assertThat(service.states()).isEmpty();
      assertThat(service.messaging.describe()).doesNotContain(TokenIssuer.SECRET);
    } finally {
      issuer.lifetime(Duration.ofMinutes(10));
    }
  }

  /** Where a token cannot be renewed on a connection, another connection has another token. */
  @Test
  void before_4_1_a_connection_ends_with_its_token_and_another_one_begins(Brokers brokers) {
    SecuredBroker broker = brokers.of(Version.V4_0);
    broker.issuer.lifetime(Duration.ofSeconds(6));
    try (Service service = Service.of(broker.oauth(), broker, "expired")) {
      service.works();
      List<String> first = broker.connections(TokenIssuer.CLIENT);
      await()
          .atMost(PATIENCE)
          .until(() -> broker.connections(TokenIssuer.CLIENT).stream().noneMatch(first::contains));
      service.works();
      assertThat(service.states()).isEmpty();
    } finally {
      broker.issuer.lifetime(Duration.ofMinutes(10));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"V4_0", "V4_3"})
  void an_issuer_that_was_away_is_recovered_from(Version version, Brokers brokers) {
    SecuredBroker broker = brokers.of(version);
    TokenIssuer issuer = broker.issuer;
    issuer.lifetime(Duration.ofSeconds(6));
    try (Service service = Service.of(broker.oauth(), broker, "issuer")) {
      service.works();
      issuer.goDown();
      try {
        assertThat(service.blocked())
            .startsWith("SP-AMQP-043")
            .contains(TokenIssuer.CLIENT)
            .doesNotContain(TokenIssuer.SECRET);
        // what is sent before its own connection is known to be gone is unknown
        await()
            .atMost(PATIENCE)
            .untilAsserted(() -> assertRefused(service, "SP-AMQP-043", "issuer"));
      } finally {
        issuer.lifetime(Duration.ofMinutes(10));
        issuer.comeBack();
      }
      service.works();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"V4_0", "V4_3"})
  void a_token_that_the_broker_does_not_take_is_refused_and_recovered_from(
      Version version, Brokers brokers) {
    SecuredBroker broker = brokers.of(version);
    TokenIssuer issuer = broker.issuer;
    issuer.audience("somebody else");
    try (Service service = Service.of(broker.oauth(), broker, "audience")) {
      assertRefused(service, "SP-AMQP-042", "token");
      assertThat(service.blocked()).startsWith("SP-AMQP-042").contains("token");
      issuer.audience(TokenIssuer.AUDIENCE);
      issuer.lifetime(Duration.ofSeconds(-10));
      assertRefused(service, "SP-AMQP-042", "expiry");
      issuer.lifetime(Duration.ofMinutes(10));
      service.works();
      assertThat(service.states()).containsExactly(State.BLOCKED, State.RUNNING);
    } finally {
      issuer.audience(TokenIssuer.AUDIENCE);
      issuer.lifetime(Duration.ofMinutes(10));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"V4_0", "V4_3"})
  void d01_a_denied_publish_is_rejected_at_once_and_other_addresses_live_on(
      Version version, Brokers brokers) {
    SecuredBroker broker = brokers.of(version);
    String bob = SecuredBroker.unique("bob");
    broker.user(bob, "bobs-secret");
    String denied = SecuredBroker.unique("denied");
    broker.declare(denied, Service.GROUP);
    broker.grant(bob, ".*", "^(?!" + denied + "$).*", ".*");
    String granted = SecuredBroker.unique("granted");
    broker.declare(granted, Service.GROUP);
    try (Service service =
        new Service(broker.plain(bob, "bobs-secret").topology(Topology.NONE), denied)) {
      Message other = new Message(granted, null, List.of(), new byte[1]);
      assertThat(service.messaging.send(other).join().address()).isEqualTo(granted);
      assertRefused(service, "SP-AMQP-002", "write access to exchange '" + denied + "'", bob);
      assertThat(service.messaging.send(other).join().address()).isEqualTo(granted);

      broker.grant(bob, ".*", ".*", ".*");
      service.works();
      assertThat(service.states()).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"V4_0", "V4_3"})
  void a_denied_subscription_is_blocked_and_goes_on_once_it_is_granted(
      Version version, Brokers brokers) throws Exception {
    SecuredBroker broker = brokers.of(version);
    String dave = SecuredBroker.unique("dave");
    broker.user(dave, "daves-secret");
    broker.grant(dave, ".*", ".*", "^(?!read-.*\\.reader\\.0).*");
    try (Service read = Service.of(broker.plain(dave, "daves-secret"), broker, "read")) {
      assertThat(read.blocked())
          .startsWith("SP-AMQP-002")
          .contains("read access to queue 'read-", dave, "It tries again by itself");
      assertThat(read.publish().address()).startsWith("read-");
      read.subscription.pause();
      assertThat(read.subscription.state()).isEqualTo(State.PAUSED);
      assertThat(read.subscription.health().obstacle()).contains("SP-AMQP-002");
      read.subscription.resume();
      assertThat(read.subscription.state()).isEqualTo(State.BLOCKED);

      broker.grant(dave, ".*", ".*", ".*");
      read.works();

      broker.grant(dave, "^$", ".*", ".*");
      try (Service configure = Service.of(broker.plain(dave, "daves-secret"), broker, "control")) {
        assertThat(configure.blocked())
            .startsWith("SP-AMQP-002")
            .contains("configure access to queue 'control-");
        // no more than the page says
        String its = "^" + configure.channel + "\\.reader(\\..*)?$";
        broker.grant(dave, its, its + "|^" + configure.channel + "$", its);
        configure.works();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"V4_0", "V4_3"})
  void what_a_start_may_not_declare_is_a_problem(Version version, Brokers brokers) {
    SecuredBroker broker = brokers.of(version);
    String erin = SecuredBroker.unique("erin");
    broker.user(erin, "erins-secret");
    String channel = SecuredBroker.unique("undeclared");
    try (AmqpTransport transport = broker.plain(erin, "erins-secret").build()) {
      Need need = Need.channel(channel).consumedBy(Service.GROUP);
      broker.grant(erin, "^$", ".*", ".*");
      assertThat(transport.topology().provision(List.of(need)).problems())
          .singleElement()
          .asString()
          .startsWith("SP-AMQP-002")
          .contains("configure access to exchange '" + channel + "'", "configure");
      broker.grant(erin, ".*", ".*", ".*");
      assertThat(transport.topology().provision(List.of(need)).problems()).isEmpty();
    }
  }

  private static void assertRefused(Service service, String code, String... words) {
    assertThatThrownBy(service.publishing())
        .hasCauseInstanceOf(PublishRejectedException.class)
        .hasMessageContaining(code)
        .hasMessageContainingAll(words);
  }
}
