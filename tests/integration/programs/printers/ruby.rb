# What Ruby prints. Each block is called with every secret.

require "base64"
require "cgi"
require "csv"
require "erb"
require "json"
require "logger"
require "open3"
require "pp"
require "psych"
require "shellwords"
require "uri"

$stdout.sync = true
$stderr = $stdout
Encoding.default_external = "UTF-8"
Login = Struct.new(:user, :password)

METHODS = {
  puts: ->(s) { puts s },
  p: ->(s) { p s },
  inspect: ->(s) { puts({ token: s, "list" => [s] }.inspect) },
  inspect_twice: ->(s) { p s.inspect },
  dump: ->(s) { puts s.dump },
  pp: ->(s) { pp({ token: s, nested: { list: [s, s] } }) },
  struct: ->(s) { p Login.new("u", s) },
  object: ->(s) { o = Object.new; o.instance_variable_set(:@password, s); p o },
  symbol: ->(s) { p s.to_sym, { s.to_sym => 1 } },
  binary: ->(s) { p s.b },
  bytes: ->(s) { p s.bytes },
  hex: ->(s) { puts s.unpack1("H*") },
  json: ->(s) { puts JSON.generate(token: s) },
  json_pretty: ->(s) { puts JSON.pretty_generate(token: s) },
  json_ascii: ->(s) { puts JSON.generate({ token: s }, ascii_only: true) },
  json_script_safe: ->(s) { puts JSON.generate({ token: s }, script_safe: true) },
  json_inspect: ->(s) { p JSON.generate(token: s) },
  yaml: ->(s) { puts({ "token" => s, "list" => [s] }.to_yaml) },
  yaml_nested: ->(s) { puts({ "data" => { "deep" => { "token" => s } } }.to_yaml) },
  shell: ->(s) { puts Shellwords.escape(s), ["curl", "-u", s].shelljoin },
  shell_in_json: ->(s) { puts JSON.generate(cmd: "curl " + s.shellescape) },
  shell_inspect: ->(s) { p "curl " + s.shellescape },
  split: ->(s) { p s.split },
  uri: ->(s) { puts URI.encode_www_form_component(s), URI.encode_www_form(token: s) },
  cgi: ->(s) { puts CGI.escape(s), ERB::Util.url_encode(s) },
  html: ->(s) { puts CGI.escapeHTML(s), ERB::Util.html_escape(s) },
  xml_attribute: ->(s) { puts s.encode(xml: :attr) },
  xml_text: ->(s) { puts s.encode(xml: :text) },
  base64: ->(s) { puts Base64.encode64(s), Base64.strict_encode64(s), Base64.urlsafe_encode64(s) },
  base64_pack: ->(s) { puts ["u:#{s}"].pack("m0") },
  regexp: ->(s) { puts Regexp.escape(s); p Regexp.new(Regexp.escape(s)) },
  csv: ->(s) { puts ["a", s].to_csv },
  logger: ->(s) { Logger.new($stdout).warn("token #{s}"); Logger.new($stdout).error({ token: s }) },
  raise: ->(s) { raise "login failed: #{s}" },
  raise_full: ->(s) { begin; raise ArgumentError, s; rescue => e; puts e.full_message(highlight: true); end },
  error_inspect: ->(s) { begin; raise ArgumentError, s; rescue => e; p e; end },
  no_key: ->(s) { { a: 1 }.fetch(s) },
  no_method: ->(s) { s.public_send(s) },
  no_number: ->(s) { Integer(s) },
  no_float: ->(s) { Float(s) },
  no_constant: ->(s) { Object.const_get(s) },
  no_file: ->(s) { File.read(s) },
  no_program: ->(s) { system(s, "x", exception: true) },
  not_json: ->(s) { JSON.parse("{\"token\": #{s}}") },
  not_uri: ->(s) { URI.parse("https://u:#{s}@h/") },
  environment: ->(s) { p ENV },
  format: ->(s) { puts format("%-80s|", s) },
  warn: ->(s) { warn "password #{s.inspect}" },
}

secrets = Dir.children(ENV.fetch("SECRETS")).sort.to_h do |name|
  [name, File.read(File.join(ENV.fetch("SECRETS"), name), encoding: "UTF-8").chomp]
end
METHODS.each do |name, method|
  secrets.each do |kind, secret|
    ENV["SECRET"] = secret
    puts "\x1e#{name}\x1f#{kind}"
    begin
      method.call(secret)
    rescue Exception => error
      puts error.full_message(highlight: false), error.inspect
    end
  end
end
