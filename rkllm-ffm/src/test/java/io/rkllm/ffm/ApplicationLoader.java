package io.rkllm.ffm;

import java.io.File;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Loads a separate copy of the SDK for an application, as an application server does. */
final class ApplicationLoader extends URLClassLoader {
  private ApplicationLoader(URL[] urls) {
    super(urls, ClassLoader.getPlatformClassLoader());
  }

  static ApplicationLoader create() throws Exception {
    List<URL> urls = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      urls.add(Path.of(entry).toUri().toURL());
    }
    return new ApplicationLoader(urls.toArray(URL[]::new));
  }

  /** Calls a static method of the application that takes and returns strings. */
  String call(Class<?> application, String method, String... arguments) throws Exception {
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    thread.setContextClassLoader(this);
    try {
      return (String)
          loadClass(application.getName())
              .getMethod(method, String[].class)
              .invoke(null, (Object) arguments);
    } finally {
      thread.setContextClassLoader(before);
    }
  }
}
