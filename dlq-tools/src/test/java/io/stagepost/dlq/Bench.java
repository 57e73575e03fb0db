package io.stagepost.dlq;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.cloudevents.core.builder.CloudEventBuilder;
import io.stagepost.spi.FailureHeaders;
import io.stagepost.spi.Header;
import io.stagepost.spi.Message;
import io.stagepost.spi.Sender;
import io.stagepost.spi.StoredMessage;
import io.stagepost.spi.Transport;
import io.stagepost.testkit.InMemoryTransport;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** An in-memory broker with dead letters of orders, and a ledger. */
final class Bench implements AutoCloseable {
  static final String ORIGIN = "orders";
  static final String LETTERS = "orders.billing.dead-letter";
  static final String PARKING = "orders.billing.parking-lot";

  final InMemoryTransport transport =
      InMemoryTransport.builder().verifyOnly().partitions(1).build();
  final Ledger ledger = Ledger.of(transport, Ledger.ADDRESS, "ada@test");

  Bench() {
    List.of(ORIGIN, LETTERS, PARKING, Ledger.ADDRESS).forEach(transport::create);
    ledger.provision(LETTERS);
  }

  /** An event at its channel, handled or not; its position there. */
  long publish(String key, String id) {
    send(event(ORIGIN, key, id));
    return transport.stored(ORIGIN).size() - 1L;
  }

  /** A dead letter of the event at a position of the channel. */
  void die(String key, String id, long position, int replays) {
    List<Header> failure = new ArrayList<>();
    failure.add(header(FailureHeaders.REASON, "broken"));
    failure.add(header(FailureHeaders.SUBSCRIPTION, "billing"));
    failure.add(header(FailureHeaders.ORIGIN_ADDRESS, ORIGIN));
    failure.add(header(FailureHeaders.ORIGIN_PARTITION, "0"));
    failure.add(header(FailureHeaders.ORIGIN_POSITION, Long.toString(position)));
    if (replays > 0) {
      failure.add(header(FailureHeaders.REPLAYS, Integer.toString(replays)));
    }
    send(event(LETTERS, key, id).with(failure));
  }

  private Message event(String address, String key, String id) {
    return transport.encode(
        address,
        key,
        CloudEventBuilder.v1()
            .withId(id)
            .withSource(URI.create("urn:test"))
            .withType("com.example.order.v1")
            .withDataContentType("application/json")
            .withData(("{\"order\":\"" + id + "\",\"lines\":[{\"price\":1}]}").getBytes(UTF_8))
            .build());
  }

  void send(Message message) {
    try (Sender sender = ((Transport) transport).sender(Duration.ofSeconds(5))) {
      var unused = sender.send(message).join();
    }
  }

  Planner planner() {
    return Planner.of(transport, ledger, "ada@test");
  }

  Plan plan(Terms terms) {
    String address = terms.action() == Terms.Action.UNPARK ? PARKING : LETTERS;
    return planner().on(terms).plan(address);
  }

  Replay replay(Plan plan) {
    return new Replay(transport, ledger, plan, Replay.Settings.defaults(), Duration.ofMillis(600));
  }

  Replay.Report run(Plan plan) {
    return replay(plan).run(progress -> {});
  }

  Replay.Report run(Terms terms) {
    return run(plan(terms));
  }

  List<String> ids(String address) {
    return at(address).stream().map(message -> transport.decode(message).getId()).toList();
  }

  List<Message> at(String address) {
    return transport.stored(address).stream().map(StoredMessage::message).toList();
  }

  static Header header(String name, String value) {
    return new Header(name, value.getBytes(UTF_8));
  }

  @Override
  public void close() {
    ledger.close();
    transport.close();
  }
}
