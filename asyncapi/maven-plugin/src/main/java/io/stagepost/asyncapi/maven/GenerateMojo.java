package io.stagepost.asyncapi.maven;

import io.stagepost.asyncapi.Checked;
import io.stagepost.asyncapi.Contract;
import io.stagepost.asyncapi.Finding;
import io.stagepost.asyncapi.generate.Generated;
import io.stagepost.asyncapi.generate.Generator;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.apache.maven.project.MavenProject;

/**
 * Generates Java from the contracts, and has it compiled with the module. What is the same as
 * before is not written again.
 */
@Mojo(name = "generate", defaultPhase = LifecyclePhase.GENERATE_SOURCES, threadSafe = true)
public final class GenerateMojo extends ContractMojo {
  /** The Java package. */
  @Parameter(property = "asyncapi.package", required = true)
  @SuppressWarnings("NullAway.Init")
  String packageName;

  /** The folder of sources. */
  @Parameter(
      property = "asyncapi.output",
      defaultValue = "${project.build.directory}/generated-sources/asyncapi")
  @SuppressWarnings("NullAway.Init")
  File output;

  @Parameter(defaultValue = "${project}", readonly = true, required = true)
  @SuppressWarnings("NullAway.Init")
  MavenProject project;

  /** For Maven. */
  public GenerateMojo() {}

  @Override
  void run(List<Path> files) throws IOException, MojoExecutionException, MojoFailureException {
    List<Finding> findings = new ArrayList<>();
    List<Contract> valid = new ArrayList<>();
    for (Checked each : checked(files)) {
      findings.addAll(each.findings());
      if (each.isValid()) {
        each.contract().ifPresent(valid::add);
      }
    }
    if (valid.size() < files.size()) {
      tell(findings);
    }
    Generated generated = Generator.of(packageName).generate(valid);
    findings.addAll(generated.findings());
    tell(findings);
    boolean changed = generated.writeTo(output.toPath());
    getLog()
        .info(
            generated.files().size()
                + " files of "
                + packageName
                + (changed ? " written to " : " are up to date in ")
                + output);
    project.addCompileSourceRoot(output.getPath());
  }
}
