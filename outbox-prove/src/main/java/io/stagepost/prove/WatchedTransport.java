package io.stagepost.prove;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.cloudevents.CloudEvent;
import io.stagepost.Receipt;
import io.stagepost.Setting;
import io.stagepost.spi.Browser;
import io.stagepost.spi.Capabilities;
import io.stagepost.spi.Delivery;
import io.stagepost.spi.Intake;
import io.stagepost.spi.Message;
import io.stagepost.spi.Queues;
import io.stagepost.spi.Receiver;
import io.stagepost.spi.Reception;
import io.stagepost.spi.Sender;
import io.stagepost.spi.TopologyAdmin;
import io.stagepost.spi.Transport;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A transport of which each send is written down. Thread-safe. */
record WatchedTransport(Transport transport, SendBook book) implements Transport {
  @Override
  public Sender sender(Duration timeout) {
    Sender sender = transport.sender(timeout);
    return new Sender() {
      @Override
      public CompletableFuture<Receipt> send(Message message) {
        byte[] id = message.header("ce_id");
        String event = id == null ? "none" : new String(id, UTF_8);
        book.begun(event);
        return sender.send(message).whenComplete((receipt, failure) -> book.ended(event, failure));
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
  public String name() {
    return transport.name();
  }

  @Override
  public Message encode(String address, @Nullable String key, CloudEvent event) {
    return transport.encode(address, key, event);
  }

  @Override
  public CloudEvent decode(Message message) {
    return transport.decode(message);
  }

  @Override
  public CloudEvent decode(Delivery delivery) {
    return transport.decode(delivery);
  }

  @Override
  public Receiver receive(Reception reception, Intake intake) {
    return transport.receive(reception, intake);
  }

  @Override
  public TopologyAdmin topology() {
    return transport.topology();
  }

  @Override
  public Browser browser() {
    return transport.browser();
  }

  @Override
  public @Nullable Queues queues() {
    return transport.queues();
  }

  @Override
  public Capabilities capabilities() {
    return transport.capabilities();
  }

  @Override
  public List<Setting<?>> settings() {
    return transport.settings();
  }

  @Override
  public void close() {
    transport.close();
  }
}
