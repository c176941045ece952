package com.acme.wire;

import com.alibaba.com.caucho.hessian.io.Hessian2Output;
import com.alibaba.com.caucho.hessian.io.SerializerFactory;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Field;
import java.util.Properties;
import org.apache.dubbo.common.URL;
import org.apache.dubbo.common.extension.ExtensionLoader;
import org.apache.dubbo.common.serialize.ObjectInput;
import org.apache.dubbo.common.serialize.ObjectOutput;
import org.apache.dubbo.common.serialize.Serialization;

/** Hessian2 exactly as this line of Dubbo uses it: found by its name, with the serializers that Dubbo chose. */
final class Codec {
    private static final URL NOWHERE = URL.valueOf("dubbo://127.0.0.1:20880/com.acme.freight.FreightService");

    private final Serialization hessian2 = ExtensionLoader.getExtensionLoader(Serialization.class).getExtension("hessian2");

    byte[] write(Object value) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ObjectOutput output = hessian2.serialize(NOWHERE, bytes);
        output.writeObject(value);
        output.flushBuffer();
        return bytes.toByteArray();
    }

    /** What the library's serializers tell its output to write. */
    WireView view(Object value) throws IOException, ReflectiveOperationException {
        WireView view = new WireView(new ByteArrayOutputStream());
        view.setSerializerFactory(serializers());
        view.writeObject(value);
        return view;
    }

    private SerializerFactory serializers() throws IOException, ReflectiveOperationException {
        return inner(hessian2.serialize(NOWHERE, new ByteArrayOutputStream())).getSerializerFactory();
    }

    /** The library's output inside Dubbo's, which 3.x wraps once more. */
    private static Hessian2Output inner(ObjectOutput output) throws ReflectiveOperationException {
        for (Field field : output.getClass().getDeclaredFields()) {
            field.setAccessible(true);
            Object value = field.get(output);
            if (value instanceof Hessian2Output) {
                return (Hessian2Output) value;
            }
            if (value instanceof ObjectOutput) {
                return inner((ObjectOutput) value);
            }
        }
        throw new NoSuchFieldException(output.getClass().getName());
    }

    Object read(byte[] bytes, Class<?> declared) throws IOException, ClassNotFoundException {
        ObjectInput input = hessian2.deserialize(NOWHERE, new ByteArrayInputStream(bytes));
        return declared == null ? input.readObject() : input.readObject(declared);
    }

    /** The release of hessian-lite on the class path: 2.7 has it inside Dubbo's own jar. */
    static String hessianLite() throws IOException {
        try (InputStream file = Hessian2Output.class.getResourceAsStream("/META-INF/maven/com.alibaba/hessian-lite/pom.properties")) {
            if (file == null) {
                return Hessian2Output.class.getPackage().getImplementationVersion();
            }
            Properties properties = new Properties();
            properties.load(file);
            return properties.getProperty("version");
        }
    }
}
