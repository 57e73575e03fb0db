package io.stagepost.amqp.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.Topology;
import io.stagepost.amqp.AmqpTransport;
import io.stagepost.amqp.security.SecuredBroker.Brokers;
import io.stagepost.spi.Need;
import io.stagepost.testkit.fixture.RabbitFixture.Version;
import io.stagepost.testkit.fixture.TcpProxy;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Which broker is connected to, and which part of it. */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("the secured broker")
@ExtendWith(SecuredBroker.Given.class)
class AddressesTest {
  @Test
  void of_several_addresses_any_is_taken_that_answers_also_later(Brokers brokers) {
    SecuredBroker broker = brokers.of(Version.V4_3);
    try (TcpProxy first = TcpProxy.open();
        TcpProxy second = TcpProxy.open()) {
      first.leadTo(broker.address()); // the second one accepts nobody
      AmqpTransport.Builder transport =
          AmqpTransport.builder()
              .uris(
                  // nor does anybody listen here
                  SecuredBroker.uri(SecuredBroker.ALICE, SecuredBroker.PASSWORD, "localhost:1"),
                  "amqp://" + first.address(),
                  "amqp://" + second.address());
      try (Service service = Service.of(transport, broker, "several")) {
        service.works();
        second.leadTo(broker.address());
        first.leadNowhere();
        first.cut();
        service.works();
        assertThat(second.cut()).isPositive();
        service.works();
        assertThat(service.states()).isEmpty();
      }
    }
  }

  @Test
  void who_is_refused_at_one_address_is_told_so_though_others_are_down(Brokers brokers) {
    SecuredBroker broker = brokers.of(Version.V4_3);
    AmqpTransport.Builder transport =
        AmqpTransport.builder()
            .uris(
                SecuredBroker.uri(SecuredBroker.ALICE, "wrong", "localhost:1"),
                "amqp://" + broker.address(),
                "amqp://localhost:2");
    try (Service service = Service.of(transport, broker, "refused")) {
      assertThat(service.blocked()).startsWith("SP-AMQP-042");
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"V4_0", "V4_3"})
  void a_virtual_host_is_a_world_of_its_own(Version version, Brokers brokers) {
    SecuredBroker broker = brokers.of(version);
    String name = SecuredBroker.unique("team/a b");
    broker.virtualHost(name);
    String uri = SecuredBroker.uri(SecuredBroker.ALICE, SecuredBroker.PASSWORD, broker.address());
    String encoded = name.replace("/", "%2F").replace(" ", "%20");
    String channel = SecuredBroker.unique("world");
    Need need = Need.channel(channel).consumedBy(Service.GROUP);
    try (Service service = new Service(AmqpTransport.builder().uris(uri + "/" + encoded), channel);
        AmqpTransport another =
            AmqpTransport.builder().uris(uri).topology(Topology.VERIFY).build()) {
      service.works();
      assertThat(service.messaging.describe()).contains(broker.address() + "/" + name);
      assertThat(another.topology().provision(List.of(need)).problems())
          .singleElement()
          .asString()
          .startsWith("SP-AMQP-003");
    }
  }

  @Test
  void a_virtual_host_that_is_not_there_is_told(Brokers brokers) {
    SecuredBroker broker = brokers.of(Version.V4_3);
    String uri = SecuredBroker.uri(SecuredBroker.ALICE, SecuredBroker.PASSWORD, broker.address());
    try (AmqpTransport transport = AmqpTransport.to(uri + "/nowhere")) {
      assertThat(transport.topology().provision(List.of(Need.channel("any"))).problems())
          .singleElement()
          .asString()
          .startsWith("SP-AMQP-001")
          .contains("/nowhere", "that the virtual host exists");
    }
  }
}
