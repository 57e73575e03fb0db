package io.stagepost.samples.shop;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.asyncapi.Contracts;
import io.stagepost.asyncapi.generate.Generated;
import io.stagepost.asyncapi.generate.Generator;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.tools.ToolProvider;

/** What a contract says, generated and compiled while a test runs. */
final class GeneratedCode {
  static final String PACKAGE = "generated";

  private GeneratedCode() {}

  static URLClassLoader of(Path contract, Path folder) throws IOException {
    Generated sources = Generator.of(PACKAGE).generate(List.of(Contracts.offline().read(contract)));
    Path java = folder.resolve("java");
    Path classes = folder.resolve("classes");
    boolean unused = sources.writeTo(java);
    List<String> arguments = new ArrayList<>(List.of("-d", classes.toString()));
    sources.files().keySet().forEach(file -> arguments.add(java.resolve(file).toString()));
    int code =
        ToolProvider.getSystemJavaCompiler()
            .run(null, null, null, arguments.toArray(String[]::new));
    assertThat(code).isZero();
    return new URLClassLoader(
        new URL[] {classes.toUri().toURL()}, GeneratedCode.class.getClassLoader());
  }
}
