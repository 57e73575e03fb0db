package io.stagepost.testkit.contract;

import io.stagepost.Receipt;
import io.stagepost.spi.Message;
import io.stagepost.spi.Need;
import io.stagepost.spi.Sender;
import io.stagepost.spi.TopologyAdmin;
import io.stagepost.spi.TopologyReport;
import io.stagepost.spi.Transport;
import io.stagepost.testkit.Faults.PublishFault;
import io.stagepost.testkit.InMemoryTransport;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/** An in-memory broker for the contract suite, seen through a wrapper that may break something. */
final class MemoryHarness implements TransportHarness {
  private static final int LARGE = 1_000_000;
  private static final AtomicInteger NAMES = new AtomicInteger();

  private final InMemoryTransport.Builder settings;
  private final InMemoryTransport broker;
  private final UnaryOperator<Transport> wrapper;
  private final Duration patience;

  MemoryHarness(
      InMemoryTransport.Builder settings, UnaryOperator<Transport> wrapper, Duration patience) {
    // As brokers' clients do: what is settled becomes durable a little later.
    this.settings = settings.verifyOnly().commitEvery(Duration.ofMillis(20));
    this.broker = this.settings.build();
    this.wrapper = wrapper;
    this.patience = patience;
  }

  @Override
  public Duration patience() {
    return patience;
  }

  @Override
  public Duration quiet() {
    return Duration.ofMillis(100);
  }

  @Override
  public Transport connect(Provisioning provisioning) {
    return new Outer(new Inner(broker.another(), provisioning), wrapper);
  }

  @Override
  public String missing(String hint) {
    return hint + "-" + NAMES.incrementAndGet();
  }

  @Override
  public void create(String address) {
    broker.create(address);
  }

  @Override
  public void crash(Transport connection) {
    Outer outer = (Outer) connection;
    if (outer.next instanceof Passing wrapped) {
      wrapped.crashing();
    }
    outer.connection.memory.crash();
  }

  @Override
  public void loseAssignments(String subscription) {
    broker.faults().loseAssignments(subscription);
  }

  @Override
  public Message tooLarge(String address) {
    return new Message(address, null, List.of(), new byte[LARGE + 1]);
  }

  @Override
  public StoppableBroker stoppable() {
    InMemoryTransport own = settings.build();
    Queue<InMemoryTransport> connections = new ConcurrentLinkedQueue<>();
    return new StoppableBroker() {
      @Override
      public Transport connect() {
        InMemoryTransport connection = own.another();
        connections.add(connection);
        return new Outer(new Inner(connection, Provisioning.CREATE), wrapper);
      }

      @Override
      public void stop() {
        connections.forEach(InMemoryTransport::disconnect);
      }

      @Override
      public void start() {
        connections.forEach(InMemoryTransport::reconnect);
      }

      @Override
      public void close() {
        own.close();
      }
    };
  }

  @Override
  public void close() {
    broker.close();
  }

  /** What the suite sees: knows the connection under the wrapper. */
  private static final class Outer extends Passing {
    private final Inner connection;

    Outer(Inner connection, UnaryOperator<Transport> wrapper) {
      super(wrapper.apply(connection));
      this.connection = connection;
    }
  }

  /** A connection that provisions as the suite wants, and refuses large messages. */
  private static final class Inner extends Passing {
    private final InMemoryTransport memory;
    private final Provisioning provisioning;

    Inner(InMemoryTransport memory, Provisioning provisioning) {
      super(memory);
      this.memory = memory;
      this.provisioning = provisioning;
    }

    @Override
    CompletableFuture<Receipt> send(Sender sender, Message message) {
      if (provisioning == Provisioning.CREATE) {
        memory.create(message.address());
      }
      byte[] body = message.body();
      if (body != null && body.length > LARGE) {
        memory.faults().failNextPublishes(1, PublishFault.REJECTED_FOR_MESSAGE);
      }
      return sender.send(message);
    }

    @Override
    public TopologyAdmin topology() {
      return new PassingTopology(memory.topology()) {
        @Override
        public TopologyReport provision(Collection<Need> needs) {
          if (provisioning == Provisioning.CREATE) {
            needs.forEach(need -> memory.create(need.address()));
          }
          return provisioning == Provisioning.TRUST
              ? new TopologyReport(List.of(), List.of())
              : super.provision(needs);
        }
      };
    }
  }
}
