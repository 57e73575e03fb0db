package io.stagepost.schema.compatibility;

import io.stagepost.schema.Schema;
import io.stagepost.schema.Schema.Format;
import java.util.List;
import java.util.stream.Stream;

/**
 * A step from one version of a schema to the next.
 *
 * @param name what changes, unique in its format
 */
record Evolution(Format format, String name, String older, String newer) {
  Schema olderSchema() {
    return Schema.of(format, older);
  }

  /** The same in JSON Schema 2020-12, where that has the same meaning. */
  Stream<Evolution> inBothDialects() {
    boolean same = format == Format.JSON && older.contains(DRAFT_7) && !name.startsWith("draft-07");
    return same
        ? Stream.of(
            this,
            new Evolution(
                format,
                name,
                older.replace(DRAFT_7, DRAFT_2020_12),
                newer.replace(DRAFT_7, DRAFT_2020_12)))
        : Stream.of(this);
  }

  Schema newerSchema() {
    return Schema.of(format, newer);
  }

  static List<Evolution> avro() {
    return List.of(
        avro("nothing", "'int'", "'int'"),
        fields("add a field with a default", "", ",{'name':'b','type':'int','default':0}"),
        fields("add a field without a default", "", ",{'name':'b','type':'int'}"),
        fields("remove a field with a default", ",{'name':'b','type':'int','default':0}", ""),
        fields("remove a field without a default", ",{'name':'b','type':'int'}", ""),
        fields(
            "rename a field with an alias",
            ",{'name':'b','type':'int'}",
            ",{'name':'c','type':'int','aliases':['b']}"),
        fields(
            "rename a field without an alias",
            ",{'name':'b','type':'int'}",
            ",{'name':'c','type':'int'}"),
        fields(
            "reorder fields",
            ",{'name':'b','type':'int'},{'name':'c','type':'string'}",
            ",{'name':'c','type':'string'},{'name':'b','type':'int'}"),
        fields(
            "change a default",
            ",{'name':'b','type':'int','default':0}",
            ",{'name':'b','type':'int','default':1}"),
        avro("int to long", "'int'", "'long'"),
        avro("int to double", "'int'", "'double'"),
        avro("long to float", "'long'", "'float'"),
        avro("float to double", "'float'", "'double'"),
        avro("string to bytes", "'string'", "'bytes'"),
        avro("int to string", "'int'", "'string'"),
        avro("boolean to int", "'boolean'", "'int'"),
        avro("add an enum symbol", enumOf("'A','B'", ""), enumOf("'A','B','C'", "")),
        avro(
            "add an enum symbol, with a default",
            enumOf("'A','B'", ",'default':'A'"),
            enumOf("'A','B','C'", ",'default':'A'")),
        avro("reorder enum symbols", enumOf("'A','B'", ""), enumOf("'B','A'", "")),
        avro("a type to a union with null", "'int'", "['null','int']"),
        avro("add a branch to a union", "['null','int']", "['null','int','string']"),
        avro("reorder a union", "['null','int']", "['int','null']"),
        avro("widen a branch of a union", "['null','int']", "['null','long']"),
        avro("replace a branch of a union", "['null','int']", "['null','boolean']"),
        avro("a union of one to its type", "['int']", "'int'"),
        avro(
            "millis to micros",
            logical("long", "timestamp-millis"),
            logical("long", "timestamp-micros")),
        avro(
            "timestamp to local timestamp",
            logical("long", "timestamp-millis"),
            logical("long", "local-timestamp-millis")),
        avro("add a logical type", "'long'", logical("long", "timestamp-millis")),
        avro("uuid as text", "'string'", logical("string", "uuid")),
        avro("date to timestamp", logical("int", "date"), logical("long", "timestamp-millis")),
        avro("scale of a decimal", decimal(10, 2), decimal(10, 3)),
        avro("more precision of a decimal", decimal(10, 2), decimal(12, 2)),
        avro("rename a record with an alias", record("R", ""), record("S", ",'aliases':['R']")),
        avro("rename a record without an alias", record("R", ""), record("S", "")),
        avro("namespace of a record", record("a.R", ""), record("b.R", "")),
        avro("namespace of an enum", named("enum", "a.E"), named("enum", "b.E")),
        avro("namespace of a fixed", named("fixed", "a.F"), named("fixed", "b.F")),
        avro(
            "namespace of a record in a union",
            "['null'," + record("a.R", "") + "]",
            "['null'," + record("b.R", "") + "]"),
        avro(
            "namespace of an enum in a union",
            "['null'," + named("enum", "a.E") + "]",
            "['null'," + named("enum", "b.E") + "]"),
        avro(
            "namespace of an enum, into a union",
            named("enum", "a.E"),
            "['null'," + named("enum", "b.E") + "]"),
        avro(
            "namespace of an enum in a growing union",
            "['null'," + named("enum", "a.E") + "]",
            "['null','string'," + named("enum", "b.E") + "]"),
        avro(
            "rename a record in a growing union",
            "['null'," + record("R", "") + "]",
            "['null','string'," + record("S", "") + "]"),
        avro("rename an enum", named("enum", "E"), named("enum", "G")),
        avro("size of a fixed", named("fixed", "F"), named("fixed", "F").replace("2", "3")),
        avro(
            "items of an array",
            "{'type':'array','items':'int'}",
            "{'type':'array','items':'long'}"),
        avro(
            "values of a map", "{'type':'map','values':'int'}", "{'type':'map','values':'string'}"),
        avro(
            "an array to a map", "{'type':'array','items':'int'}", "{'type':'map','values':'int'}"),
        avro(
            "an added enum field with the enum's default",
            record("R", ""),
            "{'type':'record','name':'R','fields':[{'name':'a','type':'int'},"
                + "{'name':'e','type':{'type':'enum','name':'E','symbols':['A'],'default':'A'}}]}"),
        avro(
            "a list that contains itself",
            "{'type':'record','name':'L','fields':[{'name':'v','type':'int'},{'name':'n','type':['null','L']}]}",
            "{'type':'record','name':'L','fields':[{'name':'v','type':'long'},{'name':'n','type':['null','L']}]}"));
  }

  private static Evolution fields(String name, String older, String newer) {
    String start = "{'type':'record','name':'R','fields':[{'name':'a','type':'int'}";
    return avro(name, start + older + "]}", start + newer + "]}");
  }

  private static String record(String name, String more) {
    return "{'type':'record','name':'"
        + name
        + "'"
        + more
        + ",'fields':[{'name':'a','type':'int'}]}";
  }

  private static String named(String type, String name) {
    return "{'type':'"
        + type
        + "','name':'"
        + name
        + "',"
        + (type.equals("enum") ? "'symbols':['A','B']}" : "'size':2}");
  }

  private static String enumOf(String symbols, String more) {
    return "{'type':'enum','name':'E','symbols':[" + symbols + "]" + more + "}";
  }

  private static String logical(String type, String logical) {
    return "{'type':'" + type + "','logicalType':'" + logical + "'}";
  }

  private static String decimal(int precision, int scale) {
    return "{'type':'bytes','logicalType':'decimal','precision':"
        + precision
        + ",'scale':"
        + scale
        + "}";
  }

  private static Evolution avro(String name, String older, String newer) {
    return new Evolution(Format.AVRO, name, quoted(older), quoted(newer));
  }

  static List<Evolution> json() {
    return List.of(
        json("nothing", "'type':'object'", "'type':'object'"),
        open("open: add an optional property", "", "'b':{'type':'string'}", ""),
        open("open: remove an optional property", "'b':{'type':'string'}", "", ""),
        closed("closed: add an optional property", "", "'b':{'type':'string'}", ""),
        closed("closed: remove an optional property", "'b':{'type':'string'}", "", ""),
        closed("closed: add a required property", "", "'b':{'type':'string'}", ",'required':['b']"),
        open("open: add a required property", "", "'b':{'type':'string'}", ",'required':['b']"),
        closed("closed: rename a property", "'b':{'type':'string'}", "'x':{'type':'string'}", ""),
        json("optional to required", OBJECT_A, OBJECT_A + ",'required':['a']"),
        json(
            "required with a default",
            OBJECT_A,
            "'type':'object','properties':{'a':{'type':'string','default':'s'}},'required':['a']"),
        json("open to closed", OBJECT_A, OBJECT_A + ",'additionalProperties':false"),
        json("open to typed", OBJECT_A, OBJECT_A + ",'additionalProperties':{'type':'string'}"),
        json(
            "closed to typed",
            OBJECT_A + ",'additionalProperties':false",
            OBJECT_A + ",'additionalProperties':{'type':'string'}"),
        json(
            "typed: add a property of that type",
            OBJECT_A + ",'additionalProperties':{'type':'string'}",
            "'type':'object','properties':{'a':{'type':'string'},'b':{'type':'string'}},"
                + "'additionalProperties':{'type':'string'}"),
        json(
            "open: add a property that allows anything",
            OBJECT_A,
            "'type':'object','properties':{'a':{'type':'string'},'b':{}}"),
        a("integer to number", "'type':'integer'", "'type':'number'"),
        a("string to integer", "'type':'string'", "'type':'integer'"),
        a("string to string or null", "'type':'string'", "'type':['string','null']"),
        a(
            "string or null, as anyOf",
            "'type':['string','null']",
            "'anyOf':[{'type':'string'},{'type':'null'}]"),
        a("any type to string", "", "'type':'string'"),
        a("add an enum", "'type':'string'", "'enum':['red','green']"),
        a("add an enum value", "'enum':['red']", "'enum':['red','green']"),
        a("reorder an enum", "'enum':['red','green']", "'enum':['green','red']"),
        a("const to enum", "'const':'red'", "'enum':['red','green']"),
        a("1 to 1.0", "'const':1", "'const':1.0"),
        a("boolean as enum", "'type':'boolean'", "'enum':[true,false]"),
        a("raise the minimum", "'type':'integer','minimum':0", "'type':'integer','minimum':5"),
        a("add a maximum", "'type':'number'", "'type':'number','maximum':50"),
        a(
            "exclusive minimum, the same for integers",
            "'type':'integer','minimum':1",
            "'type':'integer','exclusiveMinimum':0"),
        a(
            "exclusive minimum",
            "'type':'number','minimum':1",
            "'type':'number','exclusiveMinimum':1"),
        a(
            "multiple of 4 to 2",
            "'type':'integer','multipleOf':4",
            "'type':'integer','multipleOf':2"),
        a("longer text", "'type':'string','maxLength':2", "'type':'string','maxLength':5"),
        a("add a length", "'type':'string'", "'type':'string','minLength':2"),
        a("lengths of listed values", "'enum':['red','green']", "'type':'string','minLength':3"),
        a("add a pattern", "'type':'string'", "'type':'string','pattern':'^r'"),
        a("change a pattern", "'type':'string','pattern':'^re'", "'type':'string','pattern':'^r'"),
        a("add a format", "'type':'string'", "'type':'string','format':'date'"),
        a(
            "type of items",
            "'type':'array','items':{'type':'integer'}",
            "'type':'array','items':{'type':'number'}"),
        a("more items", "'type':'array','maxItems':1", "'type':'array','maxItems':2"),
        a("unique items", "'type':'array'", "'type':'array','uniqueItems':true"),
        a(
            "unique items of one",
            "'type':'array','maxItems':1",
            "'type':'array','maxItems':1,'uniqueItems':true"),
        a(
            "a tuple grows",
            "'type':'array','prefixItems':[{'type':'string'}],'items':false",
            "'type':'array','prefixItems':[{'type':'string'},{'type':'string'}],'items':false"),
        a(
            "a tuple to a list",
            "'type':'array','prefixItems':[{'type':'string'}],'items':false",
            "'type':'array','items':{'type':'string'}"),
        a("contains", "'type':'array'", "'type':'array','contains':{'type':'string'}"),
        a(
            "add an alternative",
            "'anyOf':[{'type':'string'}]",
            "'anyOf':[{'type':'string'},{'type':'integer'}]"),
        a(
            "anyOf to oneOf",
            "'anyOf':[{'type':'string'},{'type':'integer'}]",
            "'oneOf':[{'type':'string'},{'type':'integer'}]"),
        a(
            "anyOf to oneOf that overlap",
            "'anyOf':[{'type':'number'},{'type':'integer'}]",
            "'oneOf':[{'type':'number'},{'type':'integer'}]"),
        a(
            "a constraint of alternatives",
            "'anyOf':[{'type':'string','maxLength':2},{'type':'string','maxLength':3}]",
            "'type':'string','maxLength':5"),
        a("not", "'type':'string'", "'type':'string','not':{'const':'red'}"),
        a("not what is no string", "'type':'string'", "'type':'string','not':{'type':'integer'}"),
        json("tagged alternatives: add one", tagged("red"), tagged("red", "green")),
        json("allOf, written out", "'type':'object','allOf':[{" + OBJECT_A + "}]", OBJECT_A),
        json(
            "a definition by reference",
            OBJECT_A,
            "'type':'object','properties':{'a':{'$ref':'#/$defs/s'}},'$defs':{'s':{'type':'string'}}"),
        json(
            "a schema that contains itself, widened",
            "'type':'object','properties':{'a':{'$ref':'#'},'b':{'type':'integer'}}",
            "'type':'object','properties':{'a':{'$ref':'#'},'b':{'type':'number'}}"),
        json("minProperties", OBJECT_A, OBJECT_A + ",'minProperties':1"),
        json(
            "minProperties that are required",
            OBJECT_A + ",'required':['a']",
            OBJECT_A + ",'required':['a'],'minProperties':1"),
        json(
            "propertyNames",
            OBJECT_A + ",'additionalProperties':false",
            OBJECT_A + ",'additionalProperties':false,'propertyNames':{'maxLength':1}"),
        json(
            "pattern properties",
            OBJECT_A,
            OBJECT_A + ",'patternProperties':{'^x':{'type':'string'}}"),
        json(
            "a property under a pattern",
            "'type':'object','patternProperties':{'^x':{'type':'string'}},'additionalProperties':false",
            "'type':'object','properties':{'x':{'type':'string'}},'patternProperties':{'^x':{'type':'string'}},'additionalProperties':false"),
        json("dependentRequired", OBJECT_A, OBJECT_A + ",'dependentRequired':{'a':['b']}"),
        json(
            "a condition",
            OBJECT_A,
            OBJECT_A + ",'if':{'required':['b']},'then':{'required':['a']}"),
        json(
            "unevaluatedProperties for additionalProperties",
            OBJECT_A + ",'additionalProperties':false",
            "'type':'object','allOf':[{" + OBJECT_A + "}],'unevaluatedProperties':false"),
        draft7(
            "draft-07: beside a reference nothing counts",
            "'$ref':'#/definitions/o','definitions':{'o':{" + OBJECT_A + "}}",
            "'$ref':'#/definitions/o','required':['a'],'definitions':{'o':{" + OBJECT_A + "}}"),
        draft7(
            "draft-07: a tuple",
            "'type':'object','properties':{'a':{'type':'array','items':[{'type':'string'}],'additionalItems':false}}",
            "'type':'object','properties':{'a':{'type':'array','items':[{'type':'string'}]}}"),
        draft7("draft-07: dependencies", OBJECT_A, OBJECT_A + ",'dependencies':{'a':['b']}"),
        draft7(
            "draft-07: closed, add an optional property",
            OBJECT_A + ",'additionalProperties':false",
            "'type':'object','properties':{'a':{'type':'string'},'b':{'type':'string'}},'additionalProperties':false"));
  }

  static final String DRAFT_7 = "http://json-schema.org/draft-07/schema#";
  static final String DRAFT_2020_12 = "https://json-schema.org/draft/2020-12/schema";
  private static final String OBJECT_A = "'type':'object','properties':{'a':{'type':'string'}}";

  private static Evolution open(String name, String older, String newer, String more) {
    return json(name, object(older), object(newer) + more);
  }

  private static Evolution closed(String name, String older, String newer, String more) {
    String closed = ",'additionalProperties':false";
    return json(name, object(older) + closed, object(newer) + closed + more);
  }

  private static String object(String property) {
    return "'type':'object','properties':{'a':{'type':'string'}"
        + (property.isEmpty() ? "" : "," + property)
        + "}";
  }

  private static String tagged(String... tags) {
    StringBuilder alternatives = new StringBuilder();
    for (String tag : tags) {
      alternatives
          .append(alternatives.isEmpty() ? "" : ",")
          .append("{'type':'object','properties':{'a':{'const':'")
          .append(tag)
          .append("'}},'required':['a']}");
    }
    return "'oneOf':[" + alternatives + "]";
  }

  private static Evolution a(String name, String older, String newer) {
    return json(
        name,
        "'type':'object','properties':{'a':{" + older + "}}",
        "'type':'object','properties':{'a':{" + newer + "}}");
  }

  private static Evolution json(String name, String older, String newer) {
    // Apicurio reads draft-07 only; what has no words for it there is compared without Apicurio.
    boolean modern =
        Stream.of("prefixItems", "$defs", "dependentRequired", "unevaluated")
            .anyMatch(word -> (older + newer).contains(word));
    return modern ? dialect(DRAFT_2020_12, name, older, newer) : draft7(name, older, newer);
  }

  private static Evolution draft7(String name, String older, String newer) {
    return dialect(DRAFT_7, name, older, newer);
  }

  private static Evolution dialect(String dialect, String name, String older, String newer) {
    String start = "{'$schema':'" + dialect + "',";
    return new Evolution(
        Format.JSON, name, quoted(start + older + "}"), quoted(start + newer + "}"));
  }

  static List<Evolution> protobuf() {
    return List.of(
        proto("nothing", "int32 a = 1;", "int32 a = 1;"),
        proto("add a field", "int32 a = 1;", "int32 a = 1; string b = 2;"),
        proto(
            "remove a field and reserve its number",
            "int32 a = 1; int32 b = 2;",
            "int32 a = 1; reserved 2; reserved 'b';"),
        proto(
            "remove a field without reserving its number",
            "int32 a = 1; int32 b = 2;",
            "int32 a = 1;"),
        proto("use a reserved number", "int32 a = 1; reserved 2;", "int32 a = 1; string b = 2;"),
        proto("use a reserved name", "int32 a = 1; reserved 'b';", "int32 a = 1; string b = 2;"),
        proto("rename a field", "int32 a = 1;", "int32 b = 1;"),
        proto("renumber a field", "int32 a = 1;", "int32 a = 2;"),
        proto("int32 to int64", "int32 a = 1;", "int64 a = 1;"),
        proto("int32 to uint32", "int32 a = 1;", "uint32 a = 1;"),
        proto("uint32 to int64", "uint32 a = 1;", "int64 a = 1;"),
        proto("int32 to sint32", "int32 a = 1;", "sint32 a = 1;"),
        proto("sint32 to sint64", "sint32 a = 1;", "sint64 a = 1;"),
        proto("fixed32 to sfixed32", "fixed32 a = 1;", "sfixed32 a = 1;"),
        proto("bool to int32", "bool a = 1;", "int32 a = 1;"),
        proto("string to bytes", "string a = 1;", "bytes a = 1;"),
        proto("int32 to string", "int32 a = 1;", "string a = 1;"),
        proto("float to double", "float a = 1;", "double a = 1;"),
        proto("enum to int32", "enum E { Z = 0; Y = 1; } E a = 1;", "int32 a = 1;"),
        proto(
            "add an enum value",
            "enum E { Z = 0; Y = 1; } E a = 1;",
            "enum E { Z = 0; Y = 1; X = 2; } E a = 1;"),
        proto(
            "rename an enum value",
            "enum E { Z = 0; Y = 1; } E a = 1;",
            "enum E { Z = 0; W = 1; } E a = 1;"),
        proto2(
            "proto2: add an enum value",
            "enum E { Z = 0; Y = 1; } optional E a = 1;",
            "enum E { Z = 0; Y = 1; X = 2; } optional E a = 1;"),
        proto("singular to repeated", "string a = 1;", "repeated string a = 1;"),
        proto("singular number to repeated", "int32 a = 1;", "repeated int32 a = 1;"),
        proto("implicit to optional", "int32 a = 1;", "optional int32 a = 1;"),
        proto(
            "one field into a new oneof",
            "int32 a = 1; string b = 2;",
            "oneof o { int32 a = 1; } string b = 2;"),
        proto(
            "two fields into a oneof",
            "int32 a = 1; string b = 2;",
            "oneof o { int32 a = 1; string b = 2; }"),
        proto(
            "a field into an existing oneof",
            "oneof o { int32 a = 1; } string b = 2;",
            "oneof o { int32 a = 1; string b = 2; }"),
        proto(
            "add a field to a oneof",
            "oneof o { int32 a = 1; }",
            "oneof o { int32 a = 1; string b = 2; }"),
        proto(
            "remove a field from a oneof",
            "oneof o { int32 a = 1; string b = 2; }",
            "oneof o { int32 a = 1; } reserved 2;"),
        proto(
            "change a field of a nested message",
            "message N { int32 x = 1; } N a = 1;",
            "message N { string x = 1; } N a = 1;"),
        proto(
            "rename a nested message",
            "message N { int32 x = 1; } N a = 1;",
            "message K { int32 x = 1; } K a = 1;"),
        proto("a message that contains itself", "M a = 1; int32 b = 2;", "M a = 1; int64 b = 2;"),
        proto(
            "a map to its entries",
            "map<string, int32> a = 1;",
            "message E { string key = 1; int32 value = 2; } repeated E a = 1;"),
        proto("values of a map", "map<string, int32> a = 1;", "map<string, string> a = 1;"),
        proto("a message to bytes", "message N { int32 x = 1; } N a = 1;", "bytes a = 1;"),
        proto2(
            "proto2: add a required field",
            "optional int32 a = 1;",
            "optional int32 a = 1; required int32 b = 2;"),
        proto2("proto2: required to optional", "required int32 a = 1;", "optional int32 a = 1;"),
        proto2("proto2: packed", "repeated int32 a = 1;", "repeated int32 a = 1 [packed = true];"),
        new Evolution(
            Format.PROTOBUF,
            "package",
            file("package a;", "int32 a = 1;"),
            file("package b;", "int32 a = 1;")),
        new Evolution(
            Format.PROTOBUF,
            "add a message that nobody uses",
            file("", "int32 a = 1;"),
            file("", "int32 a = 1;") + "message K { int32 x = 1; }"),
        new Evolution(
            Format.PROTOBUF,
            "add a message that a new field uses",
            file("", "int32 a = 1;"),
            file("", "int32 a = 1; K b = 2;") + "message K { int32 x = 1; }"),
        new Evolution(
            Format.PROTOBUF,
            "proto2 to proto3",
            file("", "optional int32 a = 1;").replace("proto3", "proto2"),
            file("", "optional int32 a = 1;")));
  }

  private static Evolution proto(String name, String older, String newer) {
    return new Evolution(Format.PROTOBUF, name, file("", quoted(older)), file("", quoted(newer)));
  }

  private static Evolution proto2(String name, String older, String newer) {
    return new Evolution(
        Format.PROTOBUF,
        name,
        file("", older).replace("proto3", "proto2"),
        file("", newer).replace("proto3", "proto2"));
  }

  private static String file(String more, String body) {
    return "syntax = \"proto3\"; " + more + " message M { " + body + " } ";
  }

  private static String quoted(String text) {
    return text.replace('\'', '"');
  }
}
