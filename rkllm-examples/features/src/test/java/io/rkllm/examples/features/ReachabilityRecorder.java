package io.rkllm.examples.features;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFile.ClassHierarchyResolverOption;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Enumeration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.stream.Collectors;

/**
 * Runs programs, and records the resources that they find. The classes that they reflect on, and
 * the native calls that they link, are recorded by {@link ReachabilityCalls}, which this loader
 * makes them call.
 */
final class ReachabilityRecorder extends URLClassLoader {
  /** The classes of this project, and of libraries that reflect on its behalf. */
  private static final List<String> INSTRUMENTED =
      List.of("io.rkllm.", "tools.jackson.", "com.github.victools.", "com.networknt.");

  private static final ClassDesc CALLS = ClassDesc.of(ReachabilityCalls.class.getName());

  /** Name and descriptor of each method that replaces another. */
  private static final Set<String> REPLACEMENTS =
      Arrays.stream(ReachabilityCalls.class.getDeclaredMethods())
          .filter(it -> Modifier.isPublic(it.getModifiers()))
          .map(
              it ->
                  it.getName()
                      + MethodType.methodType(it.getReturnType(), it.getParameterTypes())
                          .descriptorString())
          .collect(Collectors.toSet());

  final Set<String> resources = new ConcurrentSkipListSet<>();

  private final ClassFile classFile =
      ClassFile.of(
          ClassHierarchyResolverOption.of(
              ClassHierarchyResolver.ofResourceParsing(this)
                  .orElse(
                      ClassHierarchyResolver.ofResourceParsing(
                          ClassLoader.getPlatformClassLoader()))));

  ReachabilityRecorder() {
    super(
        classPath().stream().map(ReachabilityRecorder::url).toArray(URL[]::new),
        ClassLoader.getPlatformClassLoader());
  }

  static List<Path> classPath() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .map(Path::of)
        .toList();
  }

  private static URL url(Path path) {
    try {
      return path.toUri().toURL();
    } catch (MalformedURLException e) {
      throw new AssertionError(path.toString(), e);
    }
  }

  /** Runs a program without arguments. */
  void run(Class<?> program) throws Exception {
    ClassLoader before = Thread.currentThread().getContextClassLoader();
    Thread.currentThread().setContextClassLoader(this);
    try {
      Method main = loadClass(program.getName()).getDeclaredMethod("main", String[].class);
      main.setAccessible(true);
      main.invoke(null, (Object) new String[0]);
    } finally {
      Thread.currentThread().setContextClassLoader(before);
    }
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    return name.equals(ReachabilityCalls.class.getName())
        ? ReachabilityCalls.class
        : super.loadClass(name, resolve);
  }

  @Override
  protected Class<?> findClass(String name) throws ClassNotFoundException {
    if (INSTRUMENTED.stream().noneMatch(name::startsWith)) {
      return super.findClass(name);
    }
    try (InputStream in = getResourceAsStream(name.replace('.', '/') + ".class")) {
      if (in == null) {
        throw new ClassNotFoundException(name);
      }
      byte[] code =
          classFile.transformClass(
              classFile.parse(in.readAllBytes()),
              ClassTransform.transformingMethodBodies(ReachabilityRecorder::replace));
      return defineClass(name, code, 0, code.length);
    } catch (IOException e) {
      throw new ClassNotFoundException(name, e);
    }
  }

  private static void replace(CodeBuilder code, CodeElement element) {
    if (element instanceof InvokeInstruction call && isOfTheJdk(call.owner().asSymbol())) {
      String name = call.name().stringValue();
      MethodTypeDesc type = call.typeSymbol();
      if (call.opcode() != Opcode.INVOKESTATIC) {
        type = type.insertParameterTypes(0, call.owner().asSymbol());
      }
      if (REPLACEMENTS.contains(name + type.descriptorString())) {
        code.invokestatic(CALLS, name, type);
        return;
      }
    }
    code.with(element);
  }

  private static boolean isOfTheJdk(ClassDesc owner) {
    return owner.descriptorString().startsWith("Ljava/lang/");
  }

  @Override
  public URL findResource(String name) {
    URL found = super.findResource(name);
    record(name, found != null);
    return found;
  }

  @Override
  public Enumeration<URL> findResources(String name) throws IOException {
    Enumeration<URL> found = super.findResources(name);
    record(name, found.hasMoreElements());
    return found;
  }

  private void record(String name, boolean found) {
    if (found && !name.endsWith(".class")) {
      resources.add(name);
    }
  }
}
