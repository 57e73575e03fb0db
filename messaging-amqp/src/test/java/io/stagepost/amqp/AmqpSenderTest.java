package io.stagepost.amqp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.stagepost.Receipt;
import io.stagepost.Topology;
import io.stagepost.spi.Message;
import io.stagepost.testkit.fixture.RabbitFixture;
import io.stagepost.testkit.fixture.TcpProxy;
import io.stagepost.testkit.fixture.TcpProxy.Way;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A sender whose threads end as soon as they have nothing to do. */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AmqpSenderTest {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final String GROUP = "reader";

  private final RabbitFixture broker = RabbitFixture.shared();
  private final TcpProxy way = TcpProxy.open();
  private final String one = unique();
  private final String other = unique();
  private final ThreadPoolExecutor threads =
      new ThreadPoolExecutor(
          0, Integer.MAX_VALUE, 1, TimeUnit.NANOSECONDS, new SynchronousQueue<>());
  private final Connections connections;
  private final AmqpTopology topology;
  private final AmqpSender sender;

  AmqpSenderTest() {
    way.leadTo(broker.host() + ":" + broker.port());
    ConnectionPlan plan = new ConnectionPlan();
    plan.uris = List.of(broker.uri().replace(broker.host() + ":" + broker.port(), way.address()));
    ConnectionSettings settings = plan.settings(new ArrayList<>());
    Map<String, Set<String>> groups = Map.of(one, Set.of(GROUP), other, Set.of(GROUP));
    Layout layout = new Layout(1, Set.of(), groups, Map.of(), Map.of(), false);
    AmqpFailures failures = new AmqpFailures(settings);
    connections = new Connections(settings);
    topology = new AmqpTopology(Topology.AUTO_CREATE, layout, connections, failures);
    sender = new AmqpSender(PATIENCE, connections, topology, failures, threads);
  }

  private static String unique() {
    return "sender-" + UUID.randomUUID().toString().substring(0, 8);
  }

  @BeforeEach
  void declare() {
    send(one).join();
    send(other).join();
  }

  @AfterEach
  void close() {
    sender.close();
    topology.close();
    connections.close();
    way.close();
  }

  private CompletableFuture<Receipt> send(String address) {
    return sender.send(new Message(address, null, List.of(), new byte[10]));
  }

  private void awaitNoThread() {
    await().atMost(PATIENCE).until(() -> threads.getPoolSize() == 0);
  }

  @Test
  void without_a_thread_it_sends_what_comes_next() {
    for (int i = 0; i < 5; i++) {
      awaitNoThread();
      assertThat(send(one).join().address()).isEqualTo(one);
      assertThat(send(other).join().address()).isEqualTo(other);
    }
    awaitNoThread();
    assertThat(threads.getLargestPoolSize()).isLessThanOrEqualTo(2);
  }

  @Test
  void without_a_thread_it_sends_again_what_a_lost_connection_left_unanswered() {
    for (int i = 0; i < 5; i++) {
      awaitNoThread();
      CompletableFuture<Void> cut = way.cutAfter(Way.TO_CLIENT, 0);
      List<CompletableFuture<Receipt>> receipts = List.of(send(one), send(other), send(one));
      cut.join();
      receipts.forEach(CompletableFuture::join);
    }
    awaitNoThread();
  }

  /** The queue is there as soon as the first has failed: what came later must not overtake it. */
  @Test
  void d04_what_waits_behind_a_message_that_nobody_gets_fails_with_it() {
    for (int i = 0; i < 3; i++) {
      String nobodys = unique();
      way.leadNowhere();
      way.cut();
      List<CompletableFuture<Receipt>> receipts = new ArrayList<>();
      receipts.add(send(nobodys));
      CompletableFuture<Void> bound =
          receipts
              .get(0)
              .handle((stored, failure) -> null)
              .thenRunAsync(() -> topology.declareGroup(nobodys, GROUP));
      for (int n = 1; n < 2_000; n++) {
        receipts.add(send(nobodys));
      }
      way.leadTo(broker.host() + ":" + broker.port());

      bound.join();
      await().atMost(PATIENCE).until(() -> receipts.stream().allMatch(CompletableFuture::isDone));
      assertThat(receipts).allMatch(CompletableFuture::isCompletedExceptionally);
      assertThat(send(nobodys).join().address()).isEqualTo(nobodys);
    }
  }

  @Test
  void what_is_sent_after_it_was_closed_is_refused() {
    CompletableFuture<Receipt> before = send(one);

    sender.close();

    assertThat(before).isCompleted();
    assertThat(send(one))
        .failsWithin(PATIENCE)
        .withThrowableThat()
        .havingCause()
        .withMessageStartingWith("SP-AMQP-007");
    assertThat(threads.isShutdown()).isTrue();
  }
}
