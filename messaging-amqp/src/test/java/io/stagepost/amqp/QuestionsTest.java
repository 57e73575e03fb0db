package io.stagepost.amqp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.stagepost.spi.TopologyAdmin;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is asked of a broker, by several at once. */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class QuestionsTest {
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  /** Who asks second does not cut short the time that connecting may take. */
  @Test
  void a_broker_that_cannot_be_reached_has_no_alarm_for_any_of_those_who_ask() throws Exception {
    ExecutorService askers = Executors.newFixedThreadPool(2);
    try (ServerSocket hole = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        AmqpTransport transport = AmqpTransport.to("amqp://127.0.0.1:" + hole.getLocalPort())) {
      CompletableFuture<String> first = CompletableFuture.supplyAsync(() -> ask(transport), askers);
      try (Socket connecting = hole.accept()) {
        CompletableFuture<String> second =
            CompletableFuture.supplyAsync(() -> ask(transport), askers);
        await().atMost(PATIENCE).until(() -> first.isDone());
        assertThat(connecting.isConnected()).isTrue();
        assertThat(first.join()).startsWith("SP-AMQP-001");
        assertThat(second.join()).startsWith("SP-AMQP-001");
      }
    } finally {
      askers.shutdownNow();
    }
  }

  /** What is said instead of an answer. */
  private static String ask(AmqpTransport transport) {
    TopologyAdmin topology = transport.topology();
    try {
      return topology.depth(List.of("notes")).toString();
    } catch (RuntimeException failure) {
      return String.valueOf(failure.getMessage());
    }
  }
}
