package com.acme.depot;

import java.util.Map;
import java.util.TreeMap;
import org.apache.dubbo.common.extension.Activate;
import org.apache.dubbo.rpc.Filter;
import org.apache.dubbo.rpc.Invocation;
import org.apache.dubbo.rpc.Invoker;
import org.apache.dubbo.rpc.Result;

/** Stands before every other filter and keeps what came beside the arguments: Dubbo's own filters take some of it away. */
@Activate(group = "provider", order = Integer.MIN_VALUE)
public class SeenFilter implements Filter {
    private static final ThreadLocal<Map<String, String>> SEEN = ThreadLocal.withInitial(TreeMap::new);

    /** The attachments of the call that this thread serves. */
    static Map<String, String> attachments() {
        return SEEN.get();
    }

    @Override
    public Result invoke(Invoker<?> invoker, Invocation invocation) {
        Map<String, String> seen = new TreeMap<>();
        invocation.getObjectAttachments().forEach((name, value) -> seen.put(name, String.valueOf(value)));
        SEEN.set(seen);
        return invoker.invoke(invocation);
    }
}
