package io.stagepost.amqp;
import static java.nio.charset.StandardCharsets.UTF_8;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.stagepost.ContentMode;
import io.stagepost.DecodeException;
import io.stagepost.spi.Header;
import io.stagepost.spi.Message;
import java.net.URI;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
/** temp */
final class AmqpBinding {
  AmqpBinding(ContentMode mode) {}
  Message encode(String address, @Nullable String key, CloudEvent e) {
    List<Header> hs = new ArrayList<>();
    add(hs, "specversion", "1.0"); add(hs, "id", e.getId()); add(hs, "source", e.getSource().toString()); add(hs, "type", e.getType());
    if (e.getSubject() != null) add(hs, "subject", e.getSubject());
    if (e.getTime() != null) add(hs, "time", e.getTime().toString());
    if (e.getDataSchema() != null) add(hs, "dataschema", e.getDataSchema().toString());
    for (String n : e.getExtensionNames()) add(hs, n, String.valueOf(e.getExtension(n)));
    if (e.getDataContentType() != null) hs.add(new Header("amqp:content-type", e.getDataContentType().getBytes(UTF_8)));
    var d = e.getData();
    return new Message(address, key == null ? null : key.getBytes(UTF_8), hs, d == null ? null : d.toBytes());
  }
  private static void add(List<Header> hs, String n, String v) { hs.add(new Header("cloudEvents_" + n, v.getBytes(UTF_8))); }
  CloudEvent decode(Message m) {
    var b = CloudEventBuilder.v1();
    boolean any = false;
    for (Header h : m.headers()) {
      String v = new String(h.value() == null ? new byte[0] : h.value(), UTF_8);
      if (h.name().equals("amqp:content-type")) b.withDataContentType(v);
      if (!h.name().startsWith("cloudEvents_")) continue;
      any = true;
      String n = h.name().substring(12);
      switch (n) { case "specversion" -> {} case "id" -> b.withId(v); case "source" -> b.withSource(URI.create(v)); case "type" -> b.withType(v);
        case "subject" -> b.withSubject(v); case "time" -> b.withTime(OffsetDateTime.parse(v)); case "dataschema" -> b.withDataSchema(URI.create(v)); default -> b.withExtension(n, v); }
    }
    if (!any) throw new DecodeException("SP-AMQP-020", "no event", null);
    if (m.body() != null) b.withData(m.body());
    try { return b.build(); } catch (RuntimeException e) { throw new DecodeException("SP-AMQP-020", "no event", e); }
  }
}
