package io.stagepost.kafka.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.stagepost.MessagingException;
import io.stagepost.PublishRejectedException;
import io.stagepost.Subscription.State;
import io.stagepost.kafka.KafkaTransport;
import io.stagepost.spi.Message;
import io.stagepost.spi.Need;
import io.stagepost.spi.Sender;
import io.stagepost.spi.TopologyReport;
import io.stagepost.testkit.internal.TokenIssuer;
import java.time.Duration;
import java.util.List;
import org.apache.kafka.clients.consumer.GroupProtocol;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.resource.ResourceType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(600)
@Execution(ExecutionMode.CONCURRENT)
@ExtendWith(SecuredBroker.Given.class)
class SaslTest {
  @Test
  void with_a_password_it_publishes_and_consumes(SecuredBroker broker) {
    try (Service service =
        new Service(
            broker.plain(SecuredBroker.ALICE, SecuredBroker.PASSWORD), broker.topic("plain"))) {
      service.works();
      assertThat(service.messaging.describe()).doesNotContain(SecuredBroker.PASSWORD);
    }
  }

  @Test
  void a_wrong_password_is_refused_at_once_and_once_it_is_right_the_same_service_recovers(
      SecuredBroker broker) {
    String carol = SecuredBroker.unique("carol");
    String topic = broker.topic("scram");
    String group = SecuredBroker.unique("scram-group");
    broker.user(carol, "another");
    grantAll(broker, carol, topic, group);
    try (Service service = new Service(broker.scram(carol, "carols-secret"), topic, group)) {
      long began = System.nanoTime();
      assertThatThrownBy(service.publishing())
          .hasCauseInstanceOf(PublishRejectedException.class)
          .hasMessageContaining("SP-KAFKA-042")
          .hasMessageContaining("password");
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(19));
      assertThat(service.blocked()).startsWith("SP-KAFKA-042").contains("password");

      broker.user(carol, "carols-secret");
      service.works();
      assertThat(service.states()).containsExactly(State.BLOCKED, State.RUNNING);
      assertThat(service.messaging.describe()).doesNotContain("carols-secret");
    }
  }

  @Test
  @ResourceLock(SecuredBroker.ISSUER)
  void tokens_are_renewed_and_an_issuer_that_was_away_is_recovered_from(SecuredBroker broker) {
    TokenIssuer issuer = broker.issuer;
    issuer.lifetime(Duration.ofSeconds(6));
    try (Service service = new Service(broker.oauth(), broker.topic("oauth"))) {
      service.works();
      int before = issuer.issued();
      await().atMost(Duration.ofSeconds(40)).until(() -> issuer.issued() >= before + 3);
      service.works();
      assertThat(service.states()).isEmpty();

      issuer.goDown();
      assertThat(service.blocked()).containsPattern("SP-KAFKA-04[23]");
      issuer.comeBack();
      service.works();
    }
  }

  @Test
  @ResourceLock(SecuredBroker.ISSUER)
  void a_token_that_the_broker_does_not_take_is_refused_and_recovered_from(SecuredBroker broker) {
    TokenIssuer issuer = broker.issuer;
    issuer.lifetime(Duration.ofSeconds(6));
    issuer.audience("somebody else");
    try (Service service = new Service(broker.oauth(), broker.topic("refused"))) {
      assertThatThrownBy(service.publishing())
          .hasCauseInstanceOf(PublishRejectedException.class)
          .hasMessageContaining("SP-KAFKA-042")
          .hasMessageContaining("token");
      assertThat(service.blocked()).startsWith("SP-KAFKA-042");
      issuer.audience(TokenIssuer.AUDIENCE);
      service.works();
    } finally {
      issuer.audience(TokenIssuer.AUDIENCE);
    }
  }

  @Test
  void d01_a_denied_publish_is_rejected_at_once(SecuredBroker broker) throws Exception {
    String bob = SecuredBroker.unique("bob");
    String topic = broker.topic("denied");
    String group = SecuredBroker.unique("denied-group");
    broker.user(bob, "bobs-secret");
    try (Service service = new Service(broker.scram(bob, "bobs-secret"), topic, group)) {
      assertDenied(service, topic); // it may not even see it
      broker.grant(bob, ResourceType.TOPIC, topic, AclOperation.DESCRIBE);
      assertDenied(service, topic);
      grantAll(broker, bob, topic, group);
      service.works();
      broker.revoke(bob, ResourceType.TOPIC, topic, AclOperation.WRITE);
      await().untilAsserted(() -> assertDenied(service, topic));
    }
  }

  private static void assertDenied(Service service, String topic) {
    long began = System.nanoTime();
    assertThatThrownBy(service.publishing())
        .hasCauseInstanceOf(PublishRejectedException.class)
        .hasMessageContaining("SP-KAFKA-006")
        .hasMessageContaining(topic)
        .hasMessageContaining("ACLs");
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(19));
  }

  @ParameterizedTest
  @EnumSource(GroupProtocol.class)
  void a_denied_subscription_is_blocked_and_goes_on_once_it_is_granted(
      GroupProtocol protocol, SecuredBroker broker) throws Exception {
    String dave = SecuredBroker.unique("dave");
    broker.user(dave, "daves-secret");
    String noTopic = broker.topic("no-topic");
    String noGroup = broker.topic("no-group");
    String first = SecuredBroker.unique("first-group");
    String second = SecuredBroker.unique("second-group");
    grantAll(broker, dave, noTopic, first);
    grantAll(broker, dave, noGroup, second);
    broker.revoke(dave, ResourceType.GROUP, second, AclOperation.READ);
    try (Service service =
            new Service(broker.scram(dave, "daves-secret"), protocol, noTopic, first);
        Service other =
            new Service(broker.scram(dave, "daves-secret"), protocol, noGroup, second)) {
      assertThat(other.blocked())
          .startsWith("SP-KAFKA-034")
          .contains("the group " + second, "Grant READ on that group");
      service.works();

      broker.revoke(dave, ResourceType.TOPIC, noTopic, AclOperation.READ);
      assertThat(service.blocked()).startsWith("SP-KAFKA-034").contains("[" + noTopic + "]");
      service.publish();
      other.publish();
      service.subscription.pause();
      assertThat(service.subscription.state()).isEqualTo(State.PAUSED);
      assertThat(service.subscription.health().obstacle()).contains("SP-KAFKA-034");
      service.subscription.resume();
      assertThat(service.subscription.state()).isEqualTo(State.BLOCKED);

      broker.grant(dave, ResourceType.TOPIC, noTopic, AclOperation.READ);
      broker.grant(dave, ResourceType.GROUP, second, AclOperation.READ);
      service.handles(service.lastPublished());
      other.handles(other.lastPublished());
      assertThat(other.states()).containsExactly(State.BLOCKED, State.RUNNING);
    }
  }

  /** Its configuration alone may stay unseen: what is not checked is said, and nothing is lost. */
  @Test
  void what_a_start_may_not_see_is_a_warning_and_what_it_may_not_use_a_problem(
      SecuredBroker broker) {
    String erin = SecuredBroker.unique("erin");
    broker.user(erin, "erins-secret");
    String topic = broker.topic("unseen");
    try (KafkaTransport alice = broker.plain(SecuredBroker.ALICE, SecuredBroker.PASSWORD).build();
        Sender sender = alice.sender(Duration.ofSeconds(20));
        KafkaTransport transport = broker.scram(erin, "erins-secret").build()) {
      sender.send(new Message(topic, null, List.of(), new byte[1])).join();
      assertThat(transport.topology().provision(List.of(Need.channel(topic))).problems())
          .singleElement()
          .asString()
          .startsWith("SP-KAFKA-006")
          .contains(topic);
      broker.grant(erin, ResourceType.TOPIC, topic, AclOperation.DESCRIBE);
      TopologyReport report = transport.topology().provision(List.of(Need.channel(topic)));
      assertThat(report.problems()).isEmpty();
      assertThat(report.warnings())
          .singleElement()
          .asString()
          .startsWith("SP-KAFKA-057")
          .contains(topic, "DescribeConfigs");
      assertThatThrownBy(() -> transport.browser().browse(topic, stored -> {}))
          .isInstanceOf(MessagingException.class)
          .hasMessageContaining("SP-KAFKA-006");
    }
  }

  private static void grantAll(SecuredBroker broker, String user, String topic, String group) {
    broker.grant(user, ResourceType.TOPIC, topic, AclOperation.READ);
    broker.grant(user, ResourceType.TOPIC, topic, AclOperation.WRITE);
    broker.grant(user, ResourceType.TOPIC, topic, AclOperation.DESCRIBE);
    broker.grant(user, ResourceType.GROUP, group, AclOperation.READ);
  }
}
