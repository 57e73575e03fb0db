package io.stagepost.testkit.contract;

import io.cloudevents.CloudEvent;
import io.stagepost.Receipt;
import io.stagepost.Setting;
import io.stagepost.spi.Assignment;
import io.stagepost.spi.Browser;
import io.stagepost.spi.Capabilities;
import io.stagepost.spi.Delivery;
import io.stagepost.spi.Intake;
import io.stagepost.spi.Message;
import io.stagepost.spi.Origin;
import io.stagepost.spi.Queues;
import io.stagepost.spi.Receiver;
import io.stagepost.spi.Reception;
import io.stagepost.spi.Sender;
import io.stagepost.spi.TopologyAdmin;
import io.stagepost.spi.Transport;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Passes everything on to another transport; who watches or breaks one thing overrides that. */
class Passing implements Transport {
  final Transport next;

  Passing(Transport next) {
    this.next = next;
  }

  // ---- what may be watched or broken -----------------------------------------------------------

  CompletableFuture<Receipt> send(Sender sender, Message message) {
    return sender.send(message);
  }

  int offer(Intake intake, List<? extends Delivery> deliveries) {
    return intake.offer(deliveries);
  }

  CompletableFuture<Void> release(Intake intake, Collection<Assignment> assignments) {
    return intake.release(assignments);
  }

  CompletableFuture<Void> lose(Intake intake, Collection<Assignment> assignments) {
    return intake.lose(assignments);
  }

  void close(Receiver receiver) {
    receiver.close();
  }

  /** The process is about to be killed. */
  void crashing() {}

  // ---- as it is --------------------------------------------------------------------------------

  @Override
  public Sender sender(Duration timeout) {
    Sender sender = next.sender(timeout);
    return new Sender() {
      @Override
      public CompletableFuture<Receipt> send(Message message) {
        return Passing.this.send(sender, message);
      }

      @Override
      public void flush() {
        sender.flush();
      }

      @Override
      public void close() {
        sender.close();
      }
    };
  }

  @Override
  public Receiver receive(Reception reception, Intake intake) {
    Receiver receiver =
        next.receive(
            reception,
            new Intake() {
              @Override
              public int offer(List<? extends Delivery> deliveries) {
                return Passing.this.offer(intake, deliveries);
              }

              @Override
              public boolean hasRoom() {
                return intake.hasRoom();
              }

              @Override
              public CompletableFuture<Void> release(Collection<Assignment> assignments) {
                return Passing.this.release(intake, assignments);
              }

              @Override
              public CompletableFuture<Void> lose(Collection<Assignment> assignments) {
                return Passing.this.lose(intake, assignments);
              }

              @Override
              public void blocked(@Nullable String reason) {
                intake.blocked(reason);
              }
            });
    return new Receiver() {
      @Override
      public void roomAvailable() {
        receiver.roomAvailable();
      }

      @Override
      public void close() {
        Passing.this.close(receiver);
      }
    };
  }

  @Override
  public String name() {
    return next.name();
  }

  @Override
  public Message encode(String address, @Nullable String key, CloudEvent event) {
    return next.encode(address, key, event);
  }

  @Override
  public CloudEvent decode(Message message) {
    return next.decode(message);
  }

  @Override
  public CloudEvent decode(Delivery delivery) {
    return next.decode(delivery);
  }

  @Override
  public TopologyAdmin topology() {
    return next.topology();
  }

  @Override
  public Browser browser() {
    return next.browser();
  }

  @Override
  public @Nullable Queues queues() {
    return next.queues();
  }

  @Override
  public Capabilities capabilities() {
    return next.capabilities();
  }

  @Override
  public List<Setting<?>> settings() {
    return next.settings();
  }

  @Override
  public void close() {
    next.close();
  }

  /** A delivery as another one. */
  static class PassingDelivery implements Delivery {
    final Delivery original;

    PassingDelivery(Delivery original) {
      this.original = original;
    }

    @Override
    public Message message() {
      return original.message();
    }

    @Override
    public byte @Nullable [] key() {
      return original.key();
    }

    @Override
    public String address() {
      return original.address();
    }

    @Override
    public int size() {
      return original.size();
    }

    @Override
    public Origin origin() {
      return original.origin();
    }

    @Override
    public Assignment assignment() {
      return original.assignment();
    }

    @Override
    public void settle() {
      original.settle();
    }
  }
}
