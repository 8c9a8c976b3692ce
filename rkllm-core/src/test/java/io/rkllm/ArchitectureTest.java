package io.rkllm;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.rkllm.file.ModelValue;
import io.rkllm.runtime.DoctorReport;
import io.rkllm.runtime.RuntimeInfo;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Checks the dependencies between the packages of core. */
class ArchitectureTest {
  private static final JavaClasses CORE =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.rkllm");

  /** The internal packages from bottom to top: each may depend on those before it. */
  private static final List<String> INTERNAL =
      List.of(
          "check",
          "callback",
          "thread",
          "forward",
          "event",
          "handle",
          "queue",
          "run",
          "session",
          "model");

  @Test
  void internalPackages_dependOnlyOnThoseBelow() {
    for (int i = 0; i < INTERNAL.size(); i++) {
      String[] above =
          INTERNAL.subList(i + 1, INTERNAL.size()).stream()
              .map(name -> "io.rkllm.internal." + name)
              .toArray(String[]::new);
      if (above.length > 0) {
        noClasses()
            .that()
            .resideInAPackage("io.rkllm.internal." + INTERNAL.get(i))
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(above)
            .check(CORE);
      }
    }
    slices().matching("io.rkllm.internal.(*)..").should().beFreeOfCycles().check(CORE);
  }

  @Test
  void internalClasses_areInAKnownPackage() {
    classes()
        .that()
        .resideInAPackage("io.rkllm.internal..")
        .should()
        .resideInAnyPackage(
            INTERNAL.stream().map(name -> "io.rkllm.internal." + name).toArray(String[]::new))
        .check(CORE);
  }

  @Test
  void log_doesNotDependOnModels() {
    noClasses()
        .that()
        .resideInAPackage("io.rkllm.stream")
        .should()
        .dependOnClassesThat(
            DescribedPredicate.describe(
                "belong to core, but for RkllmException",
                (JavaClass target) ->
                    target.getPackageName().startsWith("io.rkllm")
                        && !target.getPackageName().equals("io.rkllm.stream")
                        && !target.getName().equals(RkllmException.class.getName())))
        .check(CORE);
  }

  @Test
  void spi_dependsOnNothingInternal() {
    noClasses()
        .that()
        .resideInAPackage("io.rkllm.spi")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.rkllm.internal..")
        .orShould()
        .dependOnClassesThat()
        .resideInAPackage("io.rkllm.stream")
        .check(CORE);
  }

  /**
   * A record cannot get another component without breaking its callers, except through a further
   * constructor. Results that only the SDK creates are therefore interfaces. Records are for values
   * that applications create or take apart, and for what providers of a runtime create.
   */
  @Test
  void publicRecords_areCreatedByCallers() {
    classes()
        .that()
        .areRecords()
        .and()
        .arePublic()
        .and()
        .resideInAnyPackage(
            "io.rkllm",
            "io.rkllm.event",
            "io.rkllm.file",
            "io.rkllm.forward",
            "io.rkllm.runtime",
            "io.rkllm.stream",
            "io.rkllm.tokenizer")
        .should()
        .be(Token.class)
        .orShould()
        .be(RuntimeInfo.class)
        .orShould()
        .be(DoctorReport.class)
        .orShould()
        .be(DoctorReport.Finding.class)
        .orShould()
        .beAssignableTo(ModelValue.class)
        .check(CORE);
  }

  /** Nested classes count as part of their outermost class. */
  @Test
  void cyclesOfInternalClasses_haveThreeMembersAtMost() {
    Map<String, Set<String>> arrows =
        CORE.stream()
            .filter(type -> type.getPackageName().startsWith("io.rkllm.internal"))
            .collect(
                Collectors.groupingBy(
                    ArchitectureTest::file,
                    Collectors.flatMapping(
                        type ->
                            type.getDirectDependenciesFromSelf().stream()
                                .map(dependency -> file(dependency.getTargetClass()))
                                .filter(target -> !target.equals(file(type))),
                        Collectors.toSet())));
    Set<Set<String>> knots = new HashSet<>();
    for (String file : arrows.keySet()) {
      Set<String> knot = new TreeSet<>();
      for (String other : reachable(arrows, file)) {
        if (reachable(arrows, other).contains(file)) {
          knot.add(other);
        }
      }
      knots.add(knot);
    }
    assertThat(knots).allSatisfy(knot -> assertThat(knot).hasSizeLessThanOrEqualTo(3));
  }

  private static String file(JavaClass type) {
    JavaClass component = type.getBaseComponentType();
    return component.getName().replaceAll("\\$.*", "");
  }

  private static Set<String> reachable(Map<String, Set<String>> arrows, String from) {
    Set<String> seen = new HashSet<>();
    Deque<String> next = new ArrayDeque<>(List.of(from));
    while (!next.isEmpty()) {
      List<String> targets = new ArrayList<>(arrows.getOrDefault(next.pop(), Set.of()));
      targets.retainAll(arrows.keySet());
      targets.stream().filter(seen::add).forEach(next::push);
    }
    return seen;
  }
}
