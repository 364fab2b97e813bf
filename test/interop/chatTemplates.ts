import type { ChatMessage } from '../../src/evaluation/runners/types';

/** Templates in the styles of well-known models, and of what Jinja can do besides. */
export const TEMPLATES: Readonly<Record<string, string>> = {
  chatml: `{%- for message in messages %}
{{- '<|im_start|>' + message['role'] + '\\n' + message['content'] | trim + '<|im_end|>' + '\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
{%- endif %}
`,
  'default system prompt': `{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\\nYou are helpful.<|im_end|>\\n' }}{% endif %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}`,
  'date, and a system message taken out': `{{- bos_token }}
{%- if not date_string is defined %}
    {%- if strftime_now is defined %}
        {%- set date_string = strftime_now("%d %b %Y") %}
    {%- else %}
        {%- set date_string = "26 Jul 2024" %}
    {%- endif %}
{%- endif %}
{%- if messages[0]['role'] == 'system' %}
    {%- set system_message = messages[0]['content']|trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system_message = "" %}
{%- endif %}
{{- "<|start_header_id|>system<|end_header_id|>\\n\\nToday Date: " + date_string + "\\n\\n" + system_message + "<|eot_id|>" }}
{%- for message in messages %}
    {%- if not (message.role == 'ipython' or message.role == 'tool' or 'tool_calls' in message) %}
        {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n'+ message['content'] | trim + '<|eot_id|>' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{%- endif %}`,
  'all of a date': `{{ strftime_now('%Y-%m-%d %H:%M:%S %A %a %B %b %-d %e %j %y %I %p %%') }} {{ messages[-1].content }}`,
  'no system role, roles alternate': `{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}{% if (message['role'] == 'assistant') %}{% set role = 'model' %}{% else %}{% set role = message['role'] %}{% endif %}{{ '<start_of_turn>' + role + '\\n' + message['content'] | trim + '<end_of_turn>\\n' }}{% endfor %}{% if add_generation_prompt %}{{'<start_of_turn>model\\n'}}{% endif %}`,
  'system message inside the first turn': `{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}{% set system_message = messages[0]['content'] %}{% else %}{% set loop_messages = messages %}{% set system_message = false %}{% endif %}{% for message in loop_messages %}{% if loop.index0 == 0 and system_message != false %}{% set content = '<<SYS>>\\n' + system_message + '\\n<</SYS>>\\n\\n' + message['content'] %}{% else %}{% set content = message['content'] %}{% endif %}{% if message['role'] == 'user' %}{{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}{% elif message['role'] == 'assistant' %}{{ ' '  + content.strip() + ' ' + eos_token }}{% endif %}{% endfor %}`,
  'namespace, reversed, conditions in the loop': `{%- set ns = namespace(last=-1, seen=[]) %}
{%- for message in messages[::-1] %}
    {%- set index = (messages|length - 1) - loop.index0 %}
    {%- if ns.last < 0 and message.role == "user" and message.content is string %}
        {%- set ns.last = index %}
    {%- endif %}
{%- endfor %}
{%- for message in messages if message.role != 'system' %}
{{ loop.index }}/{{ loop.length }} {{ message.role|upper }}{% if not loop.last %},{% else %}.{% endif %} {{ message.content[:8] }}|{{ message.content.split(' ')[-1] }}|{{ ns.last }}
{% endfor -%}
{{ messages | map(attribute='role') | join('-') }} {{ messages | selectattr('role', 'equalto', 'user') | list | length }}`,
  'macros, break and continue, tojson': `{%- macro turn(role, content, end='!') -%}
[{{ role }}: {{ content | tojson }}{{ end }}]
{%- endmacro -%}
{% for message in messages %}{% if message.role == 'system' %}{% continue %}{% endif %}{% if loop.index > 4 %}{% break %}{% endif %}{{ turn(message.role, message.content, end='?') }}{% endfor %}
{{ messages[0] | tojson }} {{ {'a': [1, 2.5, true, none], 'b': 'ü"'} | tojson }}
{{ [1, 2] | tojson(indent=2) }}`,
  'blocks on lines of their own': `
  {% for message in messages %}
    {# who #}
    {% if message.role == 'user' %}
  User: {{ message.content }}
    {% else %}
  {{ message.role | title }}: {{ message.content | replace('a', 'o') }}
    {% endif %}
  {% endfor %}
{% generation %}{{ eos_token }}{% endgeneration %}
end
`,
  'thoughts cut from answers': `{%- for message in messages %}
    {%- set content = message.content if message.content is string else '' %}
    {%- if message.role == 'assistant' and '</think>' in content %}
        {%- set thought = content.split('</think>')[0].split('<think>')[-1] %}
        {%- set content = content.split('</think>')[-1].lstrip('\n') %}
        {{- '<think>' ~ thought ~ '</think>' }}
    {%- endif %}
    {{- '<|im_start|>' + message.role + '\n' + content + '<|im_end|>\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\n' }}
    {%- if enable_thinking is defined and enable_thinking is false %}
        {{- '<think>\n\n</think>\n\n' }}
    {%- endif %}
{%- endif %}`,
  'undefined, none and arithmetic': `{{ missing }}{{ missing | default('none given') }} {{ 1 if tools is none else 2 }} {{ 1 if tools is defined else 2 }} {% if tools %}tools{% endif %} {{ 7 // 2 }} {{ 7 % 3 }} {{ 2 * 3 + 1 }} {{ 'a' ~ 1 }} {{ 1 if messages else 2 }} {{ 1 if 'user' in messages[0].role else 2 }} {{ messages[0].get('name', 'unnamed') }} {{ range(3) | list | tojson }}`,
};

const user = (content: string): ChatMessage => ({ role: 'user', content });
const assistant = (content: string): ChatMessage => ({ role: 'assistant', content });
const system = (content: string): ChatMessage => ({ role: 'system', content });

export const CONVERSATIONS: readonly (readonly ChatMessage[])[] = [
  [user('How do I bake a cake?')],
  [system('You are terse.'), user('Hi')],
  [user('Hi'), assistant('Hello.'), user('  And now?\n')],
  [system(' Be "nice" '), user('a {{ b }} {% c %} {# d #}'), assistant(''), user('Grüße, 你好 😀')],
  [user(''), assistant('one two three'), user('x'), assistant('y'), user('z'), assistant('w'), user('v')],
  [user('one'), user('two')],
  [user('t'), assistant('<think>\nhm\n</think>\n\nAnswer.'), user('u')],
  [assistant('I begin.'), user("don't \\ </s> <|im_end|> \t end")],
  [user('a\r\nb\u2028c\u0085d'), system('late')],
];
