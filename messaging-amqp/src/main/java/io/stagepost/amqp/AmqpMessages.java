package io.stagepost.amqp;
import static java.nio.charset.StandardCharsets.UTF_8;
import com.rabbitmq.client.amqp.Publisher;
import io.stagepost.spi.Header;
import io.stagepost.spi.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
/** temp */
final class AmqpMessages {
  private AmqpMessages() {}
  static com.rabbitmq.client.amqp.Message write(Publisher p, Message m) {
    byte[] body = m.body();
    var out = p.message(body == null ? new byte[0] : body);
    for (Header h : m.headers()) {
      byte[] v = h.value();
      if (v == null) continue;
      if (h.name().equals("amqp:content-type")) out.contentType(new String(v, UTF_8)); else out.property(h.name(), new String(v, UTF_8));
    }
    byte[] key = m.key();
    if (key == null) out.annotation(Layout.KEY, ThreadLocalRandom.current().nextInt()); else out.annotation(Layout.KEY, new String(key, UTF_8));
    return out;
  }
  static Message read(String address, com.rabbitmq.client.amqp.Message in) {
    List<Header> hs = new ArrayList<>();
    if (in.contentType() != null) hs.add(new Header("amqp:content-type", in.contentType().getBytes(UTF_8)));
    in.forEachProperty((n, v) -> hs.add(new Header(n, String.valueOf(v).getBytes(UTF_8))));
    Object k = in.annotation(Layout.KEY);
    return new Message(address, k instanceof String s ? s.getBytes(UTF_8) : null, hs, in.body());
  }
}
