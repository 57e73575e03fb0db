package io.stagepost.outbox;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.cloudevents.CloudEvent;
import io.stagepost.Receipt;
import io.stagepost.Setting;
import io.stagepost.spi.Browser;
import io.stagepost.spi.Capabilities;
import io.stagepost.spi.Header;
import io.stagepost.spi.Intake;
import io.stagepost.spi.Message;
import io.stagepost.spi.Receiver;
import io.stagepost.spi.Reception;
import io.stagepost.spi.Sender;
import io.stagepost.spi.TopologyAdmin;
import io.stagepost.spi.Transport;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Binds events to messages and sends them to a {@link Wire}; cannot receive. */
record WireTransport(Wire wire) implements Transport {
  @Override
  public String name() {
    return "wire";
  }

  @Override
  public Message encode(String address, @Nullable String key, CloudEvent event) {
    return new Message(
        address,
        key == null ? null : key.getBytes(UTF_8),
        List.of(
            new Header("id", event.getId().getBytes(UTF_8)),
            new Header("type", event.getType().getBytes(UTF_8)),
            new Header("nothing", null)),
        Objects.requireNonNull(event.getData()).toBytes());
  }

  @Override
  public CloudEvent decode(Message message) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Sender sender(Duration timeout) {
    return new Sender() {
      @Override
      public CompletableFuture<Receipt> send(Message message) {
        return wire.apply(message);
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public Receiver receive(Reception reception, Intake intake) {
    throw new UnsupportedOperationException();
  }

  @Override
  public TopologyAdmin topology() {
    throw new UnsupportedOperationException();
  }

  @Override
  public Browser browser() {
    throw new UnsupportedOperationException();
  }

  @Override
  public Capabilities capabilities() {
    return Capabilities.full();
  }

  @Override
  public List<Setting<?>> settings() {
    return List.of();
  }

  @Override
  public void close() {}
}
