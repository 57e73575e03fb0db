package io.stagepost.prove;

import io.stagepost.testkit.fixture.KafkaFixture;
import io.stagepost.testkit.fixture.TcpProxy;
import java.nio.file.Path;
import java.util.List;

/** A Kafka of the run's own, behind a proxy. It may be killed and stopped. */
final class BrokerServer implements AutoCloseable {
  private final Path directory;
  private final TcpProxy proxy = TcpProxy.open();
  private volatile KafkaFixture broker;

  BrokerServer(Path directory) {
    this.directory = directory;
    this.broker = start();
  }

  private KafkaFixture start() {
    KafkaFixture started = KafkaFixture.startBehindProxy(directory, proxy.port());
    proxy.leadTo(started.bootstrapServers());
    return started;
  }

  String address() {
    return proxy.address();
  }

  TcpProxy proxy() {
    return proxy;
  }

  List<Long> processes() {
    return List.of(broker.pid().orElseThrow());
  }

  void kill() throws InterruptedException {
    Signals.kill(processes());
  }

  void restart() {
    proxy.leadNowhere();
    broker.close();
    broker = start();
  }

  @Override
  public void close() {
    broker.close();
    proxy.close();
  }
}
