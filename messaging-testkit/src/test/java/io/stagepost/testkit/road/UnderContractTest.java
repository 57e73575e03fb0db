package io.stagepost.testkit.road;

import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagepost.ConfigurationException;
import io.stagepost.Contract;
import io.stagepost.EventType;
import io.stagepost.Limits;
import io.stagepost.Messaging;
import io.stagepost.MessagingException;
import io.stagepost.Policy;
import io.stagepost.Policy.Degradation;
import io.stagepost.Policy.Expired;
import io.stagepost.Policy.Successors;
import io.stagepost.Policy.UnknownType;
import io.stagepost.Retry;
import io.stagepost.SubscriptionBuilder;
import io.stagepost.spi.Capabilities.Capability;
import io.stagepost.testkit.InMemoryTransport;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a contract says holds; code may be stricter, and not laxer. */
class UnderContractTest {
  private static final Policy POLICY =
      Policy.contract()
          .at("shop.yaml#/x-timeout")
          .timeout(ofSeconds(10))
          .at("shop.yaml#/x-retry")
          .retry(new Retry(ofMillis(200), ofSeconds(20), 5, ofMinutes(5)))
          .at("shop.yaml#/x-dead-letter")
          .deadLetterAddress("dead")
          .successors(Successors.DIVERT)
          .unknownType(UnknownType.FAIL)
          .expired(Expired.DEAD_LETTER)
          .degradation(Degradation.PARK)
          .agreed();
  private static final Limits LIMITS = Limits.contract().at("shop.yaml#/x-rate").rate(100).agreed();
  private static final Contract CONTRACT = Contract.of("Shop", "2.0.0", "shop.yaml");

  private final List<String> handled = new ArrayList<>();

  static List<UnaryOperator<Policy>> stricter() {
    return List.of(
        policy -> policy.timeout(ofSeconds(10)),
        policy -> policy.timeout(ofSeconds(1)),
        policy -> policy.retry(POLICY.retry()),
        policy -> policy.retry(new Retry(ofMillis(300), ofSeconds(30), 4, ofMinutes(4))),
        policy -> policy.deadLetterAddress("dead"),
        policy -> policy.parkingLotAddress("of which the contract says nothing"),
        policy -> policy.unknownType(UnknownType.DEAD_LETTER),
        policy -> policy.degradation(Degradation.WAIT),
        policy -> policy.crashes(1));
  }

  static List<UnaryOperator<Policy>> laxer() {
    return List.of(
        policy -> policy.timeout(ofSeconds(11)),
        policy -> policy.timeout(ofSeconds(1)).timeout(ofSeconds(11)),
        policy -> policy.retry(POLICY.retry().attempts(6)),
        policy -> policy.retry(POLICY.retry().maxAge(ofMinutes(6))),
        policy -> policy.retry(new Retry(ofMillis(100), ofSeconds(20), 5, ofMinutes(5))),
        policy -> policy.retry(new Retry(ofMillis(200), ofSeconds(10), 5, ofMinutes(5))),
        policy -> policy.deadLetterAddress("elsewhere"),
        policy -> policy.successors(Successors.CONTINUE),
        policy -> policy.unknownType(UnknownType.SKIP),
        policy -> policy.expired(Expired.SKIP),
        policy -> policy.degradation(Degradation.SKIP),
        policy -> policy.degradation(Degradation.DEAD_LETTER));
  }

  @ParameterizedTest
  @MethodSource
  void stricter(UnaryOperator<Policy> change) {
    Policy changed = change.apply(POLICY);
    assertThat(changed.settings())
        .extracting(setting -> setting.layer().name())
        .contains("CODE", "CONTRACT");
  }

  @ParameterizedTest
  @MethodSource
  void laxer(UnaryOperator<Policy> change) {
    assertThatThrownBy(() -> change.apply(POLICY))
        .isInstanceOf(MessagingException.class)
        .hasMessageStartingWith("SP-API-041 ")
        .hasMessageContaining("shop.yaml#/x-");
  }

  @Test
  void limits_bind_as_well() {
    assertThat(LIMITS.rate(50).rate()).isEqualTo(50);
    assertThatThrownBy(() -> LIMITS.rate(101)).hasMessageStartingWith("SP-API-041 ");
    assertThat(LIMITS.concurrency(500).concurrency()).isEqualTo(500);
  }

  @Test
  void only_a_contract_has_places() {
    assertThatThrownBy(() -> POLICY.at("#/x")).hasMessageStartingWith("SP-API-040 ");
    assertThatThrownBy(() -> Limits.defaults().at("#/x")).hasMessageStartingWith("SP-API-040 ");
  }

  @Test
  void describe_shows_what_the_contract_says_and_where() {
    try (Road road = new Road()) {
      road.messaging.prepare(CONTRACT.sends(Road.TEXTS));
      subscribe(road).policy(policy -> policy.timeout(ofSeconds(3))).start();
      assertThat(road.messaging.describe().lines().map(String::strip))
          .contains(
              "contract Shop 2.0.0 (shop.yaml)",
              "skips com.example.other.v1",
              "rate (tries a second)          100.0                                   "
                  + " (contract shop.yaml#/x-rate)",
              "dead-letter address            dead                                    "
                  + " (contract shop.yaml#/x-dead-letter)",
              "handler timeout                PT3S                                    "
                  + " (code)");
    }
  }

  @Test
  void d19_the_contracts_policy_is_not_replaced_in_passing() {
    try (Road road = new Road()) {
      SubscriptionBuilder<Void> replaced =
          subscribe(road).policy(Policy.defaults()).limits(Limits.defaults());
      assertThatThrownBy(replaced::start)
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("SP-API-042 Its policy would")
          .hasMessageContaining("SP-API-042 Its limits would");
    }
  }

  @Test
  void what_is_for_others_is_skipped_and_what_nobody_knows_is_not() {
    try (Road road = new Road()) {
      subscribe(road).policy(policy -> policy.unknownType(UnknownType.DEAD_LETTER)).start();
      road.publish(Road.type("com.example.other.v1").event("a:1"));
      road.publish(Road.type("com.example.unheard-of.v1").event("b:1"));
      road.publish("c:1");
      assertThat(handled).containsExactly("c:1");
      assertThat(road.reasons("dead")).containsExactly("unknown-type");
      assertThat(road.transport.unsettled(Road.SUBSCRIPTION)).isZero();
    }
  }

  @Test
  void d19_a_type_is_handled_or_skipped() {
    try (Road road = new Road()) {
      SubscriptionBuilder<Void> both = subscribe(road).skipping(Road.TEXTS.type());
      assertThatThrownBy(both::start).hasMessageContaining("SP-API-044 It handles com.example");
    }
  }

  @Test
  void d13_what_has_outlived_its_type_is_not_handled() {
    EventType<String> fleeting = Road.TEXTS.timeToLive(ofHours(1));
    try (Road road = new Road()) {
      Instant now = road.clock.instant();
      Instant soon = now.plus(ofMinutes(10));
      Instant old = now.minus(ofMinutes(50));
      road.publish(fleeting.event("a:1"));
      road.publish(fleeting.event("a:2").withTime(old));
      road.publish(fleeting.event("a:3").withExpiry(soon));
      road.publish(Road.TEXTS.event("a:4").withTime(old)); // by a publisher that knows no limit
      road.publish(Road.TEXTS.event("a:5").withTime(now.plus(Duration.ofDays(1))));
      road.pass(ofMinutes(30));
      List<String> expiries = new ArrayList<>();
      road.messaging
          .subscribe(Road.SUBSCRIPTION)
          .on(
              fleeting,
              event -> {
                handled.add(event.data());
                expiries.add(String.valueOf(event.expiry()));
              })
          .start();
      road.clock.run();
      assertThat(handled).containsExactly("a:1", "a:5");
      assertThat(expiries).containsExactly(now.plus(ofHours(1)).toString(), "null");
      assertThat(road.reasons(Road.DEAD_LETTERS)).containsExactly("expired", "expired", "expired");
    }
  }

  @Test
  void a_payload_beyond_its_types_limit_is_not_published() {
    EventType<String> small = Road.TEXTS.maxBytes(5);
    try (Road road = new Road()) {
      assertThat(road.messaging.publish(small.event("a:123"))).isNotCompletedExceptionally();
      assertThatThrownBy(() -> road.messaging.publish(small.event("a:1234")).join())
          .hasMessageContaining("SP-API-045 ")
          .hasMessageContaining("has 6 bytes; its type allows 5");
    }
  }

  @Test
  void d19_what_the_transport_cannot_keep_is_not_begun() {
    Contract promising =
        CONTRACT
            .sends(Road.TEXTS)
            .promises(Capability.ORDERED_KEYS, "shop.yaml#/x-ordering-key")
            .promises(Capability.KEEPS_EVENTS, "shop.yaml#/x-retention");
    try (Messaging messaging =
        InMemoryTransport.builder()
            .lacking(Capability.KEEPS_EVENTS, "queues forget")
            .build()
            .messaging()
            .build()) {
      String complaint =
          "SP-API-043 The contract Shop 2.0.0 (shop.yaml) promises at shop.yaml#/x-retention what"
              + " takes KEEPS_EVENTS, which the transport memory lacks: queues forget.";
      assertThatThrownBy(() -> messaging.prepare(promising))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining(complaint)
          .hasMessageNotContaining("ORDERED_KEYS");
      SubscriptionBuilder<Void> builder =
          messaging.subscribe("reader").under(promising).on(Road.TEXTS, event -> {});
      assertThatThrownBy(builder::start)
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining(complaint);
    }
  }

  private SubscriptionBuilder<Void> subscribe(Road road) {
    return road.messaging
        .subscribe(Road.SUBSCRIPTION)
        .under(CONTRACT)
        .policy(POLICY)
        .limits(LIMITS)
        .skipping("com.example.other.v1")
        .on(
            Road.TEXTS,
            event -> {
              handled.add(event.data());
            });
  }
}
