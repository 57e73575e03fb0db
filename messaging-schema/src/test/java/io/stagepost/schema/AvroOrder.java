package io.stagepost.schema;

import java.math.BigDecimal;
import org.apache.avro.Conversion;
import org.apache.avro.Conversions;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecordBase;
import org.jspecify.annotations.Nullable;

/** What Avro's compiler would generate, as far as its readers and writers look at it. */
public class AvroOrder extends SpecificRecordBase {
  private static final long serialVersionUID = 1L;

  /** Where Avro looks for it. */
  public static final Schema SCHEMA$ =
      new Schema.Parser()
          .parse(
              """
              {"type": "record", "name": "AvroOrder", "namespace": "io.stagepost.schema", "fields": [
                {"name": "id", "type": {"type": "string", "avro.java.string": "String"}},
                {"name": "amount", "type": {"type": "bytes", "logicalType": "decimal",
                  "precision": 10, "scale": 2}},
                {"name": "before", "type": ["null", "AvroOrder"], "default": null}]}
              """);

  private static final SpecificData MODEL$ = new SpecificData();

  static {
    MODEL$.addLogicalTypeConversion(new Conversions.DecimalConversion());
  }

  private String id = "";
  private BigDecimal amount = BigDecimal.ZERO;
  private @Nullable AvroOrder before;

  /** For Avro. */
  public AvroOrder() {}

  AvroOrder(String id, BigDecimal amount, @Nullable AvroOrder before) {
    this.id = id;
    this.amount = amount;
    this.before = before;
  }

  @Override
  public SpecificData getSpecificData() {
    return MODEL$;
  }

  @Override
  public @Nullable Conversion<?> getConversion(int field) {
    return field == 1 ? new Conversions.DecimalConversion() : null;
  }

  @Override
  public Schema getSchema() {
    return SCHEMA$;
  }

  @Override
  public @Nullable Object get(int field) {
    return field == 0 ? id : field == 1 ? amount : before;
  }

  @Override
  public void put(int field, Object value) {
    if (field == 0) {
      id = String.valueOf(value);
    } else if (field == 1) {
      amount = (BigDecimal) value;
    } else {
      before = (AvroOrder) value;
    }
  }
}
