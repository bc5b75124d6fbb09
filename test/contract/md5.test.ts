/** The digests against recorded values (sqs-wire.md §12). */
import { describe, expect, it } from 'vitest';
import { isBinary, type MessageAttribute, pack, unpack } from '../../src/model/attribute.ts';
import { md5OfAttributes, md5OfBody } from '../../src/model/md5.ts';

const text = (name: string, value: string, type = 'String'): MessageAttribute => ({ name, type, value });

const TRACE = Buffer.concat([
  Buffer.from('traceparent'),
  Buffer.of(0x1e),
  Buffer.from('00-774062d6c37081a5a0b9b5b88e30627c-2d2482211f6489da-01'),
]);
const ROOT = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1';

const vectors: [digest: string, attributes: MessageAttribute[]][] = [
  ['a45daa70926828a2f0a1db3418e6feb4', [text('k', 'x')]],
  ['ae7155c6026991b6d54b11589678bf9c', [text('Foo', 'Bar')]],
  ['adb59cd4678ea5a855436b949cd07ab6', [text('MyAttribute', 'foobar')]],
  ['235c5c510d26fb653d073faed50ae77c', [text('timestamp', '1493147359900', 'Number')]],
  ['2e2e4876d8e0bd6b8c2c8f556831c349', [text('timestamp', '1493147359900', 'Number.java.lang.Long')]],
  ['a311262e065454b75da111d535b8dacd', [text('Hello', 'There')]],
  ['fca026605781cb4126a1e9044df24232', [text('Hello', 'There'), text('General', 'Kenobi')]],
  ['83fee93c1bcd8b9a5a923ffacdc636c7', [text('Help.Me', 'Me'), text('Hello', 'There')]],
  ['4c360f3fdafd970e05fae2f149d997f5', [text('Help.Me', 'Me'), text('Hello', 'There'), text('General', 'Kenobi')]],
  ['8cbe4db156db8a94db8b801b7addb984', [{ name: 'attr1', type: 'Binary', value: TRACE }]],
  [
    'c48838208d2b4e14e3ca0093a8443f09',
    [text('my_attribute_name_1', 'my_attribute_value_1'), text('my_attribute_name_2', 'my_attribute_value_2')],
  ],
  ['5ae4d5d7636402d80f4eb6d213245a88', [text('AWSTraceHeader', ROOT)]],
];

describe('md5OfBody', () => {
  it.each([
    ['message', '78e731027d8fd50ed642340b7c9a63b3'],
    ['test', '098f6bcd4621d373cade4e832627b4f6'],
    ['message-1', '3d6b824fd8c1520e9a047d21fee6fb1f'],
  ])('%s', (body, digest) => expect(md5OfBody(Buffer.from(body))).toBe(digest));
});

describe('md5OfAttributes', () => {
  it.each(vectors)('%s', (digest, attributes) => expect(md5OfAttributes(attributes)).toBe(digest));

  it('does not depend on the order in which the attributes were sent', () => {
    for (const [digest, attributes] of vectors) expect(md5OfAttributes(attributes.toReversed())).toBe(digest);
  });

  it('counts a labelled Binary as bytes, and sorts by code unit', () => {
    const attributes = [
      { name: 'b', type: 'Binary.x', value: Buffer.of(255) },
      { name: 'B', type: 'Number.x', value: '7' },
    ];
    const pieces = [
      '00000001 42 00000008 4e756d6265722e78 01 00000001 37',
      '00000001 62 00000008 42696e6172792e78 02 00000001 ff',
    ];
    const bytes = Buffer.from(pieces.join('').replaceAll(' ', ''), 'hex');
    expect(md5OfAttributes(attributes)).toBe(md5OfBody(bytes));
  });
});

describe('pack and unpack', () => {
  it('bring back every vector in its order, bytes as bytes', () => {
    for (const [digest, attributes] of vectors) {
      const back = unpack(pack(attributes));
      expect(back).toEqual(attributes);
      expect(md5OfAttributes(back)).toBe(digest);
    }
  });

  it('take no room for none', () => {
    expect(pack([])).toBe('');
    expect(unpack('')).toEqual([]);
  });

  it('tell bytes from text by the part before the dot', () => {
    expect(['Binary', 'Binary.a', 'String.Binary', 'Binaries', 'Number'].filter(isBinary)).toEqual([
      'Binary',
      'Binary.a',
    ]);
  });
});
