import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseStringPromise } from 'xml2js';
import { contentOf, document, element, escapeXml } from '../../compat/xml.ts';
import { blob, boolean, integer, list, map, string, structure } from '../../src/contract/shape.ts';
import { shelveBook } from './madeUp.ts';

/** The characters that a message body may have (sqs-wire.md §5.1). */
const isLegal = (text: string) => !/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(text);
const legalText = fc
  .string({
    unit: fc.oneof(fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }), fc.constantFrom(...'&<>"\'\r\n\t ]')),
  })
  .filter(isLegal);

describe('escapeXml', () => {
  it.each([
    ["plain ä 日 😀 \t\n '", "plain ä 日 😀 \t\n '"],
    ['a & b < c > d', 'a &amp; b &lt; c &gt; d'],
    ['"\r\n"', '&quot;&#xD;\n&quot;'],
    [']]>&amp;', ']]&gt;&amp;amp;'],
    ['bad \b\u0000\u001f\ufffe\uffff\ud800 end', 'bad \ufffd\ufffd\ufffd\ufffd\ufffd\ufffd end'],
    ['', ''],
  ])('%j', (text, escaped) => {
    expect(escapeXml(text)).toBe(escaped);
  });

  it('is read back as it was', async () => {
    await fc.assert(
      fc.asyncProperty(legalText, async (text) => {
        const read = await parseStringPromise(document('Root', 'urn:x', element('Text', escapeXml(text))));
        expect(read.Root.Text).toEqual([text]);
      }),
      { numRuns: 500 },
    );
  });

  it('makes a document of any string that programs can hold', async () => {
    const anything = fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) });
    await fc.assert(
      fc.asyncProperty(anything, async (text) => {
        const xml = element('Text', escapeXml(text));
        expect(isLegal(xml)).toBe(true);
        await parseStringPromise(xml);
      }),
    );
  });
});

describe('documents', () => {
  it('have a prolog and a namespace; an empty element is closed at once', () => {
    expect(document('Root', 'urn:x', element('A', '') + element('B', 'b'))).toBe(
      '<?xml version="1.0"?>\n<Root xmlns="urn:x"><A/><B>b</B></Root>',
    );
  });
});

describe('values', () => {
  it.each([
    [
      'scalars',
      structure({ A: string, B: integer, C: boolean }),
      { A: '<', B: 0, C: false },
      '<A>&lt;</A><B>0</B><C>false</C>',
    ],
    ['the order of the shape', structure({ B: string, A: string }), { A: 'a', B: 'b' }, '<B>b</B><A>a</A>'],
    ['bytes', structure({ A: blob }), { A: Buffer.from([0, 255]) }, '<A>AP8=</A>'],
    ['what is absent', structure({ A: string, B: list(string), C: map(string) }), { A: undefined }, ''],
    ['what is empty', structure({ A: string, B: list(string), C: map(string) }), { A: '', B: [], C: {} }, '<A/>'],
    ['a list', structure({ Items: list(string, { wire: 'Item' }) }), { Items: ['a', ''] }, '<Item>a</Item><Item/>'],
    [
      'a list without a name of its own',
      structure({ Items: list(integer) }),
      { Items: [1, 2] },
      '<Items>1</Items><Items>2</Items>',
    ],
    [
      'a map',
      structure({ Items: map(string, { wire: 'Item' }) }),
      {
        Items: Object.fromEntries([
          ['__proto__', '&'],
          ['&', 'b'],
        ]),
      },
      '<Item><Name>__proto__</Name><Value>&amp;</Value></Item><Item><Name>&amp;</Name><Value>b</Value></Item>',
    ],
    [
      'a map with names of its own',
      structure({ Tags: map(string, { wire: 'Tag', key: 'Key', value: 'Val' }) }),
      { Tags: { k: 'v' } },
      '<Tag><Key>k</Key><Val>v</Val></Tag>',
    ],
    [
      'a structure',
      structure({ A: structure({ B: structure({ C: string }) }), D: string }),
      { A: { B: { C: 'c' } }, D: 'd' },
      '<A><B><C>c</C></B></A><D>d</D>',
    ],
  ])('%s', (_, shape, value, xml) => {
    expect(contentOf(shape, value)).toBe(xml);
  });

  it('are flattened at every depth', () => {
    const output = {
      Messages: [{ Id: '1', Marks: { m: { Kind: 'k', Bytes: Buffer.from('b'), Lines: ['x', 'y'] } } }, {}],
    };
    expect(contentOf(shelveBook.output, output)).toBe(
      '<Message><Id>1</Id><Mark><Name>m</Name><Value><Kind>k</Kind><Bytes>Yg==</Bytes><Line>x</Line><Line>y</Line></Value>' +
        '</Mark></Message><Message/>',
    );
  });

  it('are read back as they were', async () => {
    const entry = fc.record({ Id: legalText, Text: legalText });
    await fc.assert(
      fc.asyncProperty(
        legalText,
        fc.array(entry, { minLength: 1 }),
        fc.uniqueArray(legalText, { minLength: 1 }),
        async (Title, Messages, names) => {
          const Labels = Object.fromEntries(names.map((name) => [name, `${name}!`]));
          const read = await parseStringPromise(
            element('Root', contentOf(shelveBook.output, { Title, Labels, Messages })),
          );
          expect(read.Root).toEqual({
            Title: [Title],
            Label: Object.keys(Labels).map((name) => ({ Key: [name], Value: [`${name}!`] })),
            Message: Messages.map(({ Id, Text }) => ({ Id: [Id], Text: [Text] })),
          });
        },
      ),
    );
  });
});
