package io.stagepost.asyncapi.generate;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Random;
import java.util.UUID;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Random orders of the contract {@code everything.yaml}, written as it would write them. */
final class Orders {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final String[] STATES = {"new", "paid", "in-transit", "1st", "", "naïve", "class"};
  private static final String[] TEXTS = {
    "", "a", "ä\u0000\"\\", "日本", "\uD83D\uDE00", "\u2028", "null"
  };

  private Orders() {}

  static JsonNode random(Random random) {
    ObjectNode order = NODES.objectNode();
    order.put("id", new UUID(random.nextLong(), random.nextLong()).toString());
    ObjectNode customer = order.putObject("customer");
    customer.put("id", 1 + (random.nextLong() >>> 1 >>> random.nextInt(62)));
    if (random.nextBoolean()) {
      customer.put("email", "a@b" + random.nextInt());
    }
    ArrayNode lines = order.putArray("lines");
    for (int i = random.nextInt(3); i >= 0; i--) {
      ObjectNode line = lines.addObject();
      line.put("sku", "A");
      line.put("quantity", 1 + random.nextInt(1000));
      if (random.nextBoolean()) {
        line.put("price", BigDecimal.valueOf(1 + random.nextInt(100_000), 2));
      }
      others(line, random, 2);
    }
    order.put("total", decimal(random));
    order.put("state", STATES[random.nextInt(STATES.length)]);
    if (random.nextBoolean()) {
      order.put("currency", text(random));
    }
    order.put("priority", 1 + random.nextInt(3));
    order.put("flag", random.nextBoolean());
    Instant instant = Instant.ofEpochSecond(random.nextInt(), random.nextInt(3) * 1_000_000L);
    order.put(
        "placed",
        DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(
            instant.atOffset(ZoneOffset.ofHours(random.nextInt(20) - 10))));
    if (random.nextBoolean()) {
      order.put("day", LocalDate.ofEpochDay(random.nextInt(100_000)).toString());
    }
    order.put("ref", "https://example.com/" + random.nextInt());
    order.put("since", "10:0" + random.nextInt(10) + ":00Z");
    if (random.nextBoolean()) {
      order.put("nothing", text(random));
    } else {
      order.putNull("nothing");
    }
    order.put("count", random.nextInt());
    if (random.nextBoolean()) {
      order.put(
          "big",
          new BigInteger(70, random).shiftRight(5).negate().subtract(BigInteger.TWO.pow(64)));
    }
    if (random.nextBoolean()) {
      order.put("version", 3);
    }
    if (random.nextBoolean()) {
      order.putObject("labels").put("a", text(random)).put("b" + text(random), text(random));
    }
    if (random.nextBoolean()) {
      ArrayNode matrix = order.putArray("matrix");
      matrix.addArray().add(random.nextInt(10)).add(7);
      matrix.addArray();
    }
    if (random.nextBoolean()) {
      order.putArray("maybe").add(decimal(random)).addNull();
    }
    if (random.nextBoolean()) {
      ObjectNode payment = order.putObject("payment");
      payment
          .put("kind", "transfer")
          .put("orderId", text(random))
          .put("iban", "DE" + random.nextLong());
      others(payment, random, 2);
    }
    if (random.nextBoolean()) {
      order.set("either", any(random, 3));
    }
    others(order, random, 3);
    return order;
  }

  private static void others(ObjectNode object, Random random, int depth) {
    for (int i = random.nextInt(3); i > 0; i--) {
      object.set("other" + i + text(random), any(random, depth));
    }
  }

  private static JsonNode any(Random random, int depth) {
    return switch (random.nextInt(depth == 0 ? 4 : 6)) {
      case 0 -> NODES.nullNode();
      case 1 -> NODES.stringNode(text(random));
      case 2 -> NODES.numberNode(decimal(random));
      case 3 -> NODES.booleanNode(random.nextBoolean());
      case 4 -> NODES.arrayNode().add(any(random, depth - 1)).add(any(random, depth - 1));
      default -> {
        ObjectNode object = NODES.objectNode();
        object.set(text(random), any(random, depth - 1));
        yield object;
      }
    };
  }

  /** With a fraction, so that it is read back as a decimal; with zeros at its end at times. */
  private static BigDecimal decimal(Random random) {
    return BigDecimal.valueOf(
        random.nextInt() * (random.nextBoolean() ? 10L : 1L), 1 + random.nextInt(4));
  }

  private static String text(Random random) {
    return TEXTS[random.nextInt(TEXTS.length)];
  }
}
