-- Countries and territories, and what else people call them.
--
-- Codes are ISO 3166-1 alpha-2, XK (user-assigned) for Kosovo. Names and continents are those of
-- GeoNames (https://www.geonames.org, CC BY 4.0), some names as they are more often written.

CREATE EXTENSION IF NOT EXISTS unaccent;

CREATE SCHEMA directory;
GRANT USAGE ON SCHEMA directory TO sister_service;

-- A name as it is compared: without case, accents, apostrophes, quotation marks, the dots of initials (D.C.)
-- and what is not seen (soft hyphens, joiners, marks of direction), with one space in the place of other
-- punctuation, and with the spellings of one sound made one (München, Muenchen; Aarhus, Århus; Saint, Sankt,
-- St). Arabic and Hebrew are compared without vowel marks, Arabic without the letters and digits that
-- keyboards and languages differ in (ي ى ی, ك ک, ه ة, ا أ). Other scripts stay as they are.
-- Indexes and generated columns stand on it: a change of it needs them built anew.
CREATE FUNCTION directory.name_key(name text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  name := normalize(name, NFKC);
  IF name ~ '[\u00AD\u0590-\u06FF\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF]' THEN
    name := translate(
      regexp_replace(name,
        '[\u0591-\u05BD\u05BF\u05C1\u05C2\u05C4\u05C5\u05C7\u0640\u064B-\u065F\u0670'
        || '\u00AD\u061C\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF]', '', 'g'),
      U&'\0623\0625\0622\0671\0649\06CC\06A9\0629\06C0\05F3\05F4\05BE\05C0\05C3\05C6\060C\061B\061F\06D4'
        || '٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹',
      U&'\0627\0627\0627\0627\064A\064A\0643\0647\0647''"-|:-,;?.' || '01234567890123456789');
  END IF;
  RETURN btrim(
    regexp_replace(
      regexp_replace(
        replace(
          regexp_replace(
            translate(lower(public.unaccent('public.unaccent', name)), '''’‘`´ʼʻ"', ''),
            '(?:[-–—,;:/()\[\]{}_!?*&%$#@+=<>|~^\\ ]|\.(?=\w\w|\W|$))+', ' ', 'g'),
          '.', ''),
        '\m(sainte?|sankt|sint)\M', 'st', 'g'),
      '([aou])e|(a)a', '\1\2', 'g'));
END $$;

CREATE TABLE directory.country (
  code text NOT NULL,
  name text NOT NULL,
  continent text NOT NULL,
  -- The country that a territory with a code of its own belongs to.
  part_of text,
  CONSTRAINT country_pkey PRIMARY KEY (code),
  CONSTRAINT country_name_key UNIQUE (name),
  CONSTRAINT country_code_format CHECK (code ~ '^[A-Z]{2}$'),
  CONSTRAINT country_continent_known CHECK (continent IN ('AF', 'AN', 'AS', 'EU', 'NA', 'OC', 'SA'))
);
INSERT INTO directory.country (code, name, continent) VALUES
  ('AD', 'Andorra', 'EU'), ('AE', 'United Arab Emirates', 'AS'), ('AF', 'Afghanistan', 'AS'),
  ('AG', 'Antigua and Barbuda', 'NA'), ('AI', 'Anguilla', 'NA'), ('AL', 'Albania', 'EU'),
  ('AM', 'Armenia', 'AS'), ('AO', 'Angola', 'AF'), ('AQ', 'Antarctica', 'AN'),
  ('AR', 'Argentina', 'SA'), ('AS', 'American Samoa', 'OC'), ('AT', 'Austria', 'EU'),
  ('AU', 'Australia', 'OC'), ('AW', 'Aruba', 'NA'), ('AX', 'Åland Islands', 'EU'),
  ('AZ', 'Azerbaijan', 'AS'), ('BA', 'Bosnia and Herzegovina', 'EU'), ('BB', 'Barbados', 'NA'),
  ('BD', 'Bangladesh', 'AS'), ('BE', 'Belgium', 'EU'), ('BF', 'Burkina Faso', 'AF'),
  ('BG', 'Bulgaria', 'EU'), ('BH', 'Bahrain', 'AS'), ('BI', 'Burundi', 'AF'),
  ('BJ', 'Benin', 'AF'), ('BL', 'Saint Barthélemy', 'NA'), ('BM', 'Bermuda', 'NA'),
  ('BN', 'Brunei', 'AS'), ('BO', 'Bolivia', 'SA'),
  ('BQ', 'Bonaire, Sint Eustatius and Saba', 'NA'), ('BR', 'Brazil', 'SA'),
  ('BS', 'Bahamas', 'NA'), ('BT', 'Bhutan', 'AS'), ('BV', 'Bouvet Island', 'AN'),
  ('BW', 'Botswana', 'AF'), ('BY', 'Belarus', 'EU'), ('BZ', 'Belize', 'NA'),
  ('CA', 'Canada', 'NA'), ('CC', 'Cocos Islands', 'AS'),
  ('CD', 'Democratic Republic of the Congo', 'AF'), ('CF', 'Central African Republic', 'AF'),
  ('CG', 'Republic of the Congo', 'AF'), ('CH', 'Switzerland', 'EU'), ('CI', 'Ivory Coast', 'AF'),
  ('CK', 'Cook Islands', 'OC'), ('CL', 'Chile', 'SA'), ('CM', 'Cameroon', 'AF'),
  ('CN', 'China', 'AS'), ('CO', 'Colombia', 'SA'), ('CR', 'Costa Rica', 'NA'),
  ('CU', 'Cuba', 'NA'), ('CV', 'Cape Verde', 'AF'), ('CW', 'Curaçao', 'NA'),
  ('CX', 'Christmas Island', 'OC'), ('CY', 'Cyprus', 'EU'), ('CZ', 'Czechia', 'EU'),
  ('DE', 'Germany', 'EU'), ('DJ', 'Djibouti', 'AF'), ('DK', 'Denmark', 'EU'),
  ('DM', 'Dominica', 'NA'), ('DO', 'Dominican Republic', 'NA'), ('DZ', 'Algeria', 'AF'),
  ('EC', 'Ecuador', 'SA'), ('EE', 'Estonia', 'EU'), ('EG', 'Egypt', 'AF'),
  ('EH', 'Western Sahara', 'AF'), ('ER', 'Eritrea', 'AF'), ('ES', 'Spain', 'EU'),
  ('ET', 'Ethiopia', 'AF'), ('FI', 'Finland', 'EU'), ('FJ', 'Fiji', 'OC'),
  ('FK', 'Falkland Islands', 'SA'), ('FM', 'Micronesia', 'OC'), ('FO', 'Faroe Islands', 'EU'),
  ('FR', 'France', 'EU'), ('GA', 'Gabon', 'AF'), ('GB', 'United Kingdom', 'EU'),
  ('GD', 'Grenada', 'NA'), ('GE', 'Georgia', 'AS'), ('GF', 'French Guiana', 'SA'),
  ('GG', 'Guernsey', 'EU'), ('GH', 'Ghana', 'AF'), ('GI', 'Gibraltar', 'EU'),
  ('GL', 'Greenland', 'NA'), ('GM', 'Gambia', 'AF'), ('GN', 'Guinea', 'AF'),
  ('GP', 'Guadeloupe', 'NA'), ('GQ', 'Equatorial Guinea', 'AF'), ('GR', 'Greece', 'EU'),
  ('GS', 'South Georgia and the South Sandwich Islands', 'AN'), ('GT', 'Guatemala', 'NA'),
  ('GU', 'Guam', 'OC'), ('GW', 'Guinea-Bissau', 'AF'), ('GY', 'Guyana', 'SA'),
  ('HK', 'Hong Kong', 'AS'), ('HM', 'Heard Island and McDonald Islands', 'AN'),
  ('HN', 'Honduras', 'NA'), ('HR', 'Croatia', 'EU'), ('HT', 'Haiti', 'NA'),
  ('HU', 'Hungary', 'EU'), ('ID', 'Indonesia', 'AS'), ('IE', 'Ireland', 'EU'),
  ('IL', 'Israel', 'AS'), ('IM', 'Isle of Man', 'EU'), ('IN', 'India', 'AS'),
  ('IO', 'British Indian Ocean Territory', 'AS'), ('IQ', 'Iraq', 'AS'), ('IR', 'Iran', 'AS'),
  ('IS', 'Iceland', 'EU'), ('IT', 'Italy', 'EU'), ('JE', 'Jersey', 'EU'), ('JM', 'Jamaica', 'NA'),
  ('JO', 'Jordan', 'AS'), ('JP', 'Japan', 'AS'), ('KE', 'Kenya', 'AF'), ('KG', 'Kyrgyzstan', 'AS'),
  ('KH', 'Cambodia', 'AS'), ('KI', 'Kiribati', 'OC'), ('KM', 'Comoros', 'AF'),
  ('KN', 'Saint Kitts and Nevis', 'NA'), ('KP', 'North Korea', 'AS'), ('KR', 'South Korea', 'AS'),
  ('KW', 'Kuwait', 'AS'), ('KY', 'Cayman Islands', 'NA'), ('KZ', 'Kazakhstan', 'AS'),
  ('LA', 'Laos', 'AS'), ('LB', 'Lebanon', 'AS'), ('LC', 'Saint Lucia', 'NA'),
  ('LI', 'Liechtenstein', 'EU'), ('LK', 'Sri Lanka', 'AS'), ('LR', 'Liberia', 'AF'),
  ('LS', 'Lesotho', 'AF'), ('LT', 'Lithuania', 'EU'), ('LU', 'Luxembourg', 'EU'),
  ('LV', 'Latvia', 'EU'), ('LY', 'Libya', 'AF'), ('MA', 'Morocco', 'AF'), ('MC', 'Monaco', 'EU'),
  ('MD', 'Moldova', 'EU'), ('ME', 'Montenegro', 'EU'), ('MF', 'Saint Martin', 'NA'),
  ('MG', 'Madagascar', 'AF'), ('MH', 'Marshall Islands', 'OC'), ('MK', 'North Macedonia', 'EU'),
  ('ML', 'Mali', 'AF'), ('MM', 'Myanmar', 'AS'), ('MN', 'Mongolia', 'AS'), ('MO', 'Macao', 'AS'),
  ('MP', 'Northern Mariana Islands', 'OC'), ('MQ', 'Martinique', 'NA'), ('MR', 'Mauritania', 'AF'),
  ('MS', 'Montserrat', 'NA'), ('MT', 'Malta', 'EU'), ('MU', 'Mauritius', 'AF'),
  ('MV', 'Maldives', 'AS'), ('MW', 'Malawi', 'AF'), ('MX', 'Mexico', 'NA'),
  ('MY', 'Malaysia', 'AS'), ('MZ', 'Mozambique', 'AF'), ('NA', 'Namibia', 'AF'),
  ('NC', 'New Caledonia', 'OC'), ('NE', 'Niger', 'AF'), ('NF', 'Norfolk Island', 'OC'),
  ('NG', 'Nigeria', 'AF'), ('NI', 'Nicaragua', 'NA'), ('NL', 'Netherlands', 'EU'),
  ('NO', 'Norway', 'EU'), ('NP', 'Nepal', 'AS'), ('NR', 'Nauru', 'OC'), ('NU', 'Niue', 'OC'),
  ('NZ', 'New Zealand', 'OC'), ('OM', 'Oman', 'AS'), ('PA', 'Panama', 'NA'), ('PE', 'Peru', 'SA'),
  ('PF', 'French Polynesia', 'OC'), ('PG', 'Papua New Guinea', 'OC'), ('PH', 'Philippines', 'AS'),
  ('PK', 'Pakistan', 'AS'), ('PL', 'Poland', 'EU'), ('PM', 'Saint Pierre and Miquelon', 'NA'),
  ('PN', 'Pitcairn', 'OC'), ('PR', 'Puerto Rico', 'NA'), ('PS', 'Palestine', 'AS'),
  ('PT', 'Portugal', 'EU'), ('PW', 'Palau', 'OC'), ('PY', 'Paraguay', 'SA'), ('QA', 'Qatar', 'AS'),
  ('RE', 'Réunion', 'AF'), ('RO', 'Romania', 'EU'), ('RS', 'Serbia', 'EU'), ('RU', 'Russia', 'EU'),
  ('RW', 'Rwanda', 'AF'), ('SA', 'Saudi Arabia', 'AS'), ('SB', 'Solomon Islands', 'OC'),
  ('SC', 'Seychelles', 'AF'), ('SD', 'Sudan', 'AF'), ('SE', 'Sweden', 'EU'),
  ('SG', 'Singapore', 'AS'), ('SH', 'Saint Helena', 'AF'), ('SI', 'Slovenia', 'EU'),
  ('SJ', 'Svalbard and Jan Mayen', 'EU'), ('SK', 'Slovakia', 'EU'), ('SL', 'Sierra Leone', 'AF'),
  ('SM', 'San Marino', 'EU'), ('SN', 'Senegal', 'AF'), ('SO', 'Somalia', 'AF'),
  ('SR', 'Suriname', 'SA'), ('SS', 'South Sudan', 'AF'), ('ST', 'São Tomé and Príncipe', 'AF'),
  ('SV', 'El Salvador', 'NA'), ('SX', 'Sint Maarten', 'NA'), ('SY', 'Syria', 'AS'),
  ('SZ', 'Eswatini', 'AF'), ('TC', 'Turks and Caicos Islands', 'NA'), ('TD', 'Chad', 'AF'),
  ('TF', 'French Southern Territories', 'AN'), ('TG', 'Togo', 'AF'), ('TH', 'Thailand', 'AS'),
  ('TJ', 'Tajikistan', 'AS'), ('TK', 'Tokelau', 'OC'), ('TL', 'Timor-Leste', 'OC'),
  ('TM', 'Turkmenistan', 'AS'), ('TN', 'Tunisia', 'AF'), ('TO', 'Tonga', 'OC'),
  ('TR', 'Turkey', 'AS'), ('TT', 'Trinidad and Tobago', 'NA'), ('TV', 'Tuvalu', 'OC'),
  ('TW', 'Taiwan', 'AS'), ('TZ', 'Tanzania', 'AF'), ('UA', 'Ukraine', 'EU'),
  ('UG', 'Uganda', 'AF'), ('UM', 'United States Minor Outlying Islands', 'OC'),
  ('US', 'United States', 'NA'), ('UY', 'Uruguay', 'SA'), ('UZ', 'Uzbekistan', 'AS'),
  ('VA', 'Vatican City', 'EU'), ('VC', 'Saint Vincent and the Grenadines', 'NA'),
  ('VE', 'Venezuela', 'SA'), ('VG', 'British Virgin Islands', 'NA'),
  ('VI', 'U.S. Virgin Islands', 'NA'), ('VN', 'Vietnam', 'AS'), ('VU', 'Vanuatu', 'OC'),
  ('WF', 'Wallis and Futuna', 'OC'), ('WS', 'Samoa', 'OC'), ('XK', 'Kosovo', 'EU'),
  ('YE', 'Yemen', 'AS'), ('YT', 'Mayotte', 'AF'), ('ZA', 'South Africa', 'AF'),
  ('ZM', 'Zambia', 'AF'), ('ZW', 'Zimbabwe', 'AF');

UPDATE directory.country c SET part_of = p.country
FROM (VALUES
  ('AU', 'CC CX HM NF'), ('CN', 'HK MO'), ('DK', 'FO GL'), ('FI', 'AX'),
  ('FR', 'BL GF GP MF MQ NC PF PM RE TF WF YT'), ('GB', 'AI BM FK GG GI GS IM IO JE KY MS PN SH TC VG'),
  ('NL', 'AW BQ CW SX'), ('NO', 'BV SJ'), ('NZ', 'CK NU TK'), ('US', 'AS GU MP PR UM VI')
) AS p (country, territories)
WHERE c.code = ANY (string_to_array(p.territories, ' '));

-- Other labels that sources give, compared by their keys; some say a part of the country too.
CREATE TABLE directory.country_label (
  key text NOT NULL,
  country text NOT NULL,
  region text,
  CONSTRAINT country_label_pkey PRIMARY KEY (key),
  CONSTRAINT country_label_country_fkey FOREIGN KEY (country) REFERENCES directory.country (code)
);
INSERT INTO directory.country_label (key, country)
SELECT directory.name_key(name), code FROM directory.country
UNION ALL SELECT lower(code), code FROM directory.country;
INSERT INTO directory.country_label (key, country, region)
SELECT directory.name_key(label), country, region FROM (VALUES
  ('Bosnia', 'BA', NULL), ('Bosnia and Hercegovina', 'BA', NULL),
  ('Brunei Darussalam', 'BN', NULL), ('Plurinational State of Bolivia', 'BO', NULL),
  ('The Bahamas', 'BS', NULL), ('Byelorussia', 'BY', NULL), ('DR Congo', 'CD', NULL),
  ('Congo-Kinshasa', 'CD', NULL), ('Democratic Republic of Congo', 'CD', NULL),
  ('Zaire', 'CD', NULL), ('Congo-Brazzaville', 'CG', NULL), ('Cote d''Ivoire', 'CI', NULL),
  ('People''s Republic of China', 'CN', NULL), ('Cabo Verde', 'CV', NULL),
  ('Czech Republic', 'CZ', NULL), ('Federal Republic of Germany', 'DE', NULL),
  ('Canary Islands', 'ES', 'Canary Islands'), ('Falkland Islands (Malvinas)', 'FK', NULL),
  ('Federated States of Micronesia', 'FM', NULL), ('Great Britain', 'GB', NULL),
  ('Britain', 'GB', NULL), ('UK', 'GB', NULL), ('England', 'GB', 'England'),
  ('Scotland', 'GB', 'Scotland'), ('Wales', 'GB', 'Wales'),
  ('Northern Ireland', 'GB', 'Northern Ireland'), ('The Gambia', 'GM', NULL),
  ('Hong Kong SAR', 'HK', NULL), ('Republic of Ireland', 'IE', NULL), ('Eire', 'IE', NULL),
  ('Islamic Republic of Iran', 'IR', NULL), ('Kirghizia', 'KG', NULL),
  ('Democratic People''s Republic of Korea', 'KP', NULL), ('Republic of Korea', 'KR', NULL),
  ('Korea', 'KR', NULL), ('Lao People''s Democratic Republic', 'LA', NULL), ('Ceylon', 'LK', NULL),
  ('Republic of Moldova', 'MD', NULL), ('Moldavia', 'MD', NULL), ('Macedonia', 'MK', NULL),
  ('Republic of Macedonia', 'MK', NULL), ('Burma', 'MM', NULL), ('Macau', 'MO', NULL),
  ('Holland', 'NL', NULL), ('The Netherlands', 'NL', NULL), ('State of Palestine', 'PS', NULL),
  ('Palestinian Territory', 'PS', NULL), ('Palestinian Territories', 'PS', NULL),
  ('West Bank', 'PS', NULL), ('Gaza Strip', 'PS', NULL), ('Azores', 'PT', 'Azores'),
  ('Madeira', 'PT', 'Madeira'), ('Russian Federation', 'RU', NULL),
  ('Slovak Republic', 'SK', NULL), ('Surinam', 'SR', NULL), ('Syrian Arab Republic', 'SY', NULL),
  ('Swaziland', 'SZ', NULL), ('East Timor', 'TL', NULL), ('Türkiye', 'TR', NULL),
  ('Republic of China', 'TW', NULL), ('United Republic of Tanzania', 'TZ', NULL),
  ('The Ukraine', 'UA', NULL), ('United States of America', 'US', NULL), ('USA', 'US', NULL),
  ('America', 'US', NULL), ('Holy See', 'VA', NULL),
  ('Bolivarian Republic of Venezuela', 'VE', NULL), 
  ('Viet Nam', 'VN', NULL)
) AS l (label, country, region);

GRANT SELECT ON directory.country, directory.country_label TO sister_service;
