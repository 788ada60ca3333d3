import java.io.*;
import java.net.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.time.*;
import java.util.*;
import java.util.logging.*;
import java.util.regex.*;

/** Prints each secret as programs in Java do. */
public class java {
    interface Method { void print(String secret) throws Throwable; }
    record Login(String user, String password) {}
    static final Map<String, Method> METHODS = new LinkedHashMap<>();
    static final PrintStream OUT = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);

    static void error(Method code, String s) throws Throwable {
        try { code.print(s); } catch (Throwable t) { t.printStackTrace(OUT); }
    }

    static {
        METHODS.put("println", s -> OUT.println(s));
        METHODS.put("list", s -> OUT.println(List.of("a", s, "b")));
        METHODS.put("map", s -> OUT.println(Map.of("token", s)));
        METHODS.put("record", s -> OUT.println(new Login("deploy", s)));
        METHODS.put("signed_bytes", s -> OUT.println(Arrays.toString(s.getBytes("UTF-8"))));
        METHODS.put("properties", s -> { Properties p = new Properties(); p.setProperty("token", s); p.store(OUT, "x"); });
        METHODS.put("properties_xml", s -> { Properties p = new Properties(); p.setProperty("token", s); p.storeToXML(OUT, "x"); });
        METHODS.put("properties_list", s -> { Properties p = new Properties(); p.setProperty("token", s); p.list(OUT); });
        METHODS.put("url_encoder", s -> OUT.println(URLEncoder.encode(s, "UTF-8")));
        METHODS.put("uri", s -> OUT.println(new URI("https", "ci:" + s, "host", 1, "/" + s, "q=" + s, s)));
        METHODS.put("uri_ascii", s -> OUT.println(new URI("https", "host", "/" + s, s).toASCIIString()));
        METHODS.put("base64", s -> OUT.println(Base64.getEncoder().encodeToString(s.getBytes("UTF-8"))));
        METHODS.put("base64_mime", s -> OUT.println(Base64.getMimeEncoder().encodeToString(("ci:" + s).getBytes("UTF-8"))));
        METHODS.put("hex_format", s -> OUT.println(HexFormat.ofDelimiter(":").withUpperCase().formatHex(s.getBytes("UTF-8"))));
        METHODS.put("pattern", s -> OUT.println(Pattern.quote(s)));
        METHODS.put("logger", s -> {
            Logger l = Logger.getAnonymousLogger(); l.setUseParentHandlers(false);
            Handler h = new StreamHandler(OUT, new SimpleFormatter()); l.addHandler(h);
            l.log(Level.WARNING, "token {0} refused", s); h.flush();
            l.log(Level.WARNING, s, new IOException(s)); h.flush(); });
        METHODS.put("logger_xml", s -> {
            Logger l = Logger.getAnonymousLogger(); l.setUseParentHandlers(false);
            Handler h = new StreamHandler(OUT, new XMLFormatter()); l.addHandler(h);
            l.log(Level.WARNING, "token {0} refused", s); h.flush(); });
        METHODS.put("not_a_number", s -> error(x -> Integer.parseInt(x), s));
        METHODS.put("not_a_uri", s -> error(x -> new URI("https://ci:" + x + "@host/ x"), s));
        METHODS.put("not_a_url", s -> error(x -> new URL(x), s));
        METHODS.put("not_a_date", s -> error(x -> LocalDate.parse(x), s));
        METHODS.put("not_a_pattern", s -> error(x -> Pattern.compile("(" + x), s));
        METHODS.put("not_an_enum", s -> error(x -> Thread.State.valueOf(x), s));
        METHODS.put("no_file", s -> error(x -> Files.readString(Path.of(x)), s));
        METHODS.put("no_program_name", s -> error(x -> new ProcessBuilder(x).start(), s));
        METHODS.put("no_class", s -> error(x -> Class.forName(x), s));
        METHODS.put("no_host", s -> error(x -> InetAddress.getByName(x + ".invalid"), s));
        METHODS.put("code_points", s -> OUT.println(Arrays.toString(s.codePoints().toArray())));
        METHODS.put("dump_xml", s -> {
            var d = javax.xml.parsers.DocumentBuilderFactory.newInstance().newDocumentBuilder().newDocument();
            var e = d.createElement("t"); e.setAttribute("a", s); e.setTextContent(s); d.appendChild(e);
            var t = javax.xml.transform.TransformerFactory.newInstance().newTransformer();
            t.transform(new javax.xml.transform.dom.DOMSource(d), new javax.xml.transform.stream.StreamResult(OUT)); });
        METHODS.put("dump_xml_ascii", s -> {
            var d = javax.xml.parsers.DocumentBuilderFactory.newInstance().newDocumentBuilder().newDocument();
            var e = d.createElement("t"); e.setAttribute("a", s); e.setTextContent(s); d.appendChild(e);
            var t = javax.xml.transform.TransformerFactory.newInstance().newTransformer();
            t.setOutputProperty("encoding", "US-ASCII");
            t.transform(new javax.xml.transform.dom.DOMSource(d), new javax.xml.transform.stream.StreamResult(OUT)); });
    }

    public static void main(String[] arguments) throws Throwable {
        File[] files = new File(System.getenv("SECRETS")).listFiles();
        Arrays.sort(files);
        for (File file : files) {
            String secret = Files.readString(file.toPath()).stripTrailing();
            for (var each : METHODS.entrySet()) {
                OUT.print("\n\u001e" + each.getKey() + "\u001f" + file.getName() + "\n");
                try { each.getValue().print(secret); } catch (Throwable t) { t.printStackTrace(OUT); }
                OUT.flush();
            }
        }
    }
}
