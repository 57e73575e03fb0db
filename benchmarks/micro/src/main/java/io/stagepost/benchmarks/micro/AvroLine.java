package io.stagepost.benchmarks.micro;

import static java.util.Objects.requireNonNull;

import java.math.BigDecimal;
import java.time.LocalDateTime;
import org.apache.avro.Conversion;
import org.apache.avro.Conversions;
import org.apache.avro.Schema;
import org.apache.avro.data.TimeConversions;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecordBase;
import org.jspecify.annotations.Nullable;

/**
 * The shop's order line as Avro 1.12's compiler generates it, with strings as {@code String}, less
 * its setters and builders.
 */
public class AvroLine extends SpecificRecordBase {
  private static final long serialVersionUID = 1L;

  /** The same as of {@link CodecBenchmark.Line}, apart from the name. */
  public static final Schema SCHEMA$ =
      new Schema.Parser()
          .parse(
              CodecBenchmark.SCHEMA
                  .replace("\"Line\"", "\"AvroLine\"")
                  .replace(
                      "\"string\"", "{\"type\": \"string\", \"avro.java.string\": \"String\"}"));

  private static final SpecificData MODEL$ = new SpecificData();

  static {
    MODEL$.addLogicalTypeConversion(new TimeConversions.LocalTimestampMicrosConversion());
    MODEL$.addLogicalTypeConversion(new Conversions.DecimalConversion());
  }

  private static final @Nullable Conversion<?>[] CONVERSIONS = {
    null,
    null,
    null,
    null,
    null,
    null,
    new TimeConversions.LocalTimestampMicrosConversion(),
    new Conversions.DecimalConversion(),
    null,
    null
  };

  private long lineNo;
  private @Nullable String fingerprint;
  private @Nullable String invoice;
  private @Nullable String stockCode;
  private @Nullable String description;
  private long quantity;
  private @Nullable LocalDateTime invoicedAt;
  private @Nullable BigDecimal price;
  private @Nullable String customer;
  private @Nullable String country;

  /** For Avro. */
  public AvroLine() {}

  AvroLine(CodecBenchmark.Line line) {
    lineNo = line.lineNo();
    fingerprint = line.fingerprint();
    invoice = line.invoice();
    stockCode = line.stockCode();
    description = line.description();
    quantity = line.quantity();
    invoicedAt = line.invoicedAt();
    price = line.price();
    customer = line.customer();
    country = line.country();
  }

  @Override
  public SpecificData getSpecificData() {
    return MODEL$;
  }

  @Override
  public Schema getSchema() {
    return SCHEMA$;
  }

  @Override
  public @Nullable Conversion<?> getConversion(int field) {
    return CONVERSIONS[field];
  }

  @Override
  public @Nullable Object get(int field) {
    return switch (field) {
      case 0 -> lineNo;
      case 1 -> fingerprint;
      case 2 -> invoice;
      case 3 -> stockCode;
      case 4 -> description;
      case 5 -> quantity;
      case 6 -> invoicedAt;
      case 7 -> price;
      case 8 -> customer;
      case 9 -> country;
      default -> throw new IndexOutOfBoundsException("Invalid index: " + field);
    };
  }

  @Override
  public void put(int field, Object value) {
    switch (field) {
      case 0 -> lineNo = (Long) value;
      case 1 -> fingerprint = requireNonNull(value).toString();
      case 2 -> invoice = requireNonNull(value).toString();
      case 3 -> stockCode = requireNonNull(value).toString();
      case 4 -> description = requireNonNull(value).toString();
      case 5 -> quantity = (Long) value;
      case 6 -> invoicedAt = (LocalDateTime) value;
      case 7 -> price = (BigDecimal) value;
      case 8 -> customer = requireNonNull(value).toString();
      case 9 -> country = requireNonNull(value).toString();
      default -> throw new IndexOutOfBoundsException("Invalid index: " + field);
    }
  }
}
