package io.stagepost.schema;

import io.stagepost.EventType;
import io.stagepost.MessagingException;
import io.stagepost.spi.Codec;
import io.stagepost.spi.Encoded;
import java.io.ByteArrayOutputStream;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;

/** JSON as a {@link JsonForm} has it, within the limits and with the errors of {@link Json}. */
final class JsonFormCodec implements Codec {
  private static final JsonMapper MAPPER =
      Json.settings().enable(JsonNodeFeature.WRITE_PROPERTIES_SORTED).build();

  private final JsonForm<?> form;
  private final String contentType;

  JsonFormCodec(JsonForm<?> form, String contentType) {
    this.form = form;
    this.contentType = contentType;
  }

  @Override
  public <T> Encoded encode(EventType<T> type, T data) {
    @SuppressWarnings("unchecked") // a class cast exception tells if it is another
    JsonForm<T> typed = (JsonForm<T>) form;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
    try (JsonGenerator out = MAPPER.createGenerator(bytes)) {
      typed.write(data, out);
    } catch (RuntimeException unfit) {
      throw Json.unwritable(type, unfit);
    }
    byte[] body = bytes.toByteArray();
    Json.checkWritten(type, MAPPER, body);
    return Encoded.of(body, contentType);
  }

  @Override
  public <T> T decode(EventType<T> type, Encoded encoded) {
    Json.checkContentType(type, encoded.contentType());
    byte[] bytes = encoded.bytes();
    Json.checkLength(type, MAPPER, bytes);
    try (JsonParser parser = MAPPER.createParser(bytes)) {
      JsonInput in = JsonInput.of(parser, MAPPER);
      T data = type.payload().cast(form.read(in));
      if (parser.nextToken() != null) {
        throw Json.unreadable(type, "something follows the value", null);
      }
      return data;
    } catch (JsonInput.Unfit unfit) {
      throw Json.unreadable(type, String.valueOf(unfit.getMessage()), null);
    } catch (MessagingException told) {
      throw told;
    } catch (RuntimeException unreadable) {
      throw Json.unreadable(type, Json.what(unreadable), unreadable);
    }
  }

  @Override
  public String toString() {
    return "JSON (" + form.getClass().getSimpleName() + ")";
  }
}
