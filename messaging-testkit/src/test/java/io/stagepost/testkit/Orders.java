package io.stagepost.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.stagepost.EventType;
import io.stagepost.spi.Codec;
import io.stagepost.spi.Encoded;

/** An event type for the tests of this package: a key and a text, written as {@code key:text}. */
final class Orders {
  record Order(String key, String text) {}

  static final String CHANNEL = "orders";

  static final EventType<Order> PLACED =
      EventType.of("com.example.order.placed.v1", Order.class)
          .source("urn:example:orders")
          .channel(CHANNEL)
          .key(Order::key)
          .codec(new Text());

  private Orders() {}

  private static final class Text implements Codec {
    @Override
    public <T> Encoded encode(EventType<T> type, T data) {
      Order order = (Order) data;
      return Encoded.of((order.key() + ":" + order.text()).getBytes(UTF_8), "text/plain");
    }

    @Override
    public <T> T decode(EventType<T> type, Encoded encoded) {
      String[] parts = new String(encoded.bytes(), UTF_8).split(":", 2);
      return type.payload().cast(new Order(parts[0], parts[1]));
    }
  }
}
